package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// summaries tells the warnings of objects apart. Terraform shows only the first of
// several warnings with equal summaries. Objects made with for_each, or by a module
// that is called twice, may have the same to say about the same endpoint.
//
// The provider does not know the address of an object, but it knows how often it
// has said the same. Errors stay as they are: Terraform shows each of them.
type summaries struct {
	mu   sync.Mutex
	said map[string]int // how often, by summary
}

// forget is for a new configuration: a process under -debug serves many commands.
func (s *summaries) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = map[string]int{}
}

// tellApart makes the summaries of warnings differ from all that was said before.
// what is the kind of the object: "check".
func (s *summaries) tellApart(what string, diagnostics []*tfprotov6.Diagnostic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range diagnostics {
		if d.Severity != tfprotov6.DiagnosticSeverityWarning {
			continue
		}
		s.said[d.Summary]++
		if n := s.said[d.Summary]; n > 1 {
			d.Summary = again(d.Summary, fmt.Sprintf("%s %s of it", ordinal(n), what))
		}
	}
}

// again adds a remark to a summary: in brackets, or to those with which it ends.
func again(summary, remark string) string {
	if i := strings.LastIndex(summary, " (and "); i >= 0 && strings.HasSuffix(summary, ")") {
		return strings.TrimSuffix(summary, ")") + "; " + remark + ")"
	}
	return summary + " (" + remark + ")"
}

// kindOf is how a summary calls an object: "baseline" or "check".
func kindOf(typeName string) string {
	switch typeName {
	case "portcheck_baseline":
		return "baseline"
	case typeVerify:
		return "action"
	}
	return "check"
}

// ordinal writes n as in "2nd".
func ordinal(n int) string {
	suffix := "th"
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

func (s stoppableServer) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	s.summaries.forget()
	return s.protocolServer.ConfigureProvider(ctx, req)
}

func (s stoppableServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := s.protocolServer.ValidateResourceConfig(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s stoppableServer) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := s.protocolServer.ValidateDataResourceConfig(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s stoppableServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := s.protocolServer.ReadDataSource(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s stoppableServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := s.protocolServer.ReadResource(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s stoppableServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.protocolServer.ApplyResourceChange(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s stoppableServer) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	resp, err := s.protocolServer.ValidateEphemeralResourceConfig(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s stoppableServer) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	resp, err := s.protocolServer.OpenEphemeralResource(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.TypeName), resp.Diagnostics)
	}
	return resp, err
}

func (s stoppableServer) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := s.protocolServer.ValidateActionConfig(ctx, req)
	if err == nil {
		s.summaries.tellApart(kindOf(req.ActionType), resp.Diagnostics)
	}
	return resp, err
}

// InvokeAction tells apart what the last event says.
func (s stoppableServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	resp, err := s.protocolServer.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: stream(s.streams, func(push func(tfprotov6.InvokeActionEvent) bool) {
		for event := range resp.Events {
			if end, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				s.summaries.tellApart(kindOf(req.ActionType), end.Diagnostics)
			}
			if !push(event) {
				return
			}
		}
	})}, nil
}
