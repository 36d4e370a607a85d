package provider

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// bulkServer carries the large values of each call past the framework's server.
type bulkServer struct {
	protocolServer
	least int // see bulk
}

func (s bulkServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	small.Config = b.without(req.Config)
	return s.protocolServer.ValidateResourceConfig(ctx, &small)
}

func (s bulkServer) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	small.Config = b.without(req.Config)
	return s.protocolServer.ValidateDataResourceConfig(ctx, &small)
}

func (s bulkServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	if req.RawState != nil {
		raw := *req.RawState
		raw.JSON = b.withoutJSON(raw.JSON)
		small.RawState = &raw
	}
	resp, err := s.protocolServer.UpgradeResourceState(ctx, &small)
	if err == nil {
		b.restore(resp.UpgradedState)
	}
	return resp, err
}

func (s bulkServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	small.CurrentState = b.without(req.CurrentState)
	resp, err := s.protocolServer.ReadResource(ctx, &small)
	if err == nil {
		b.restore(resp.NewState)
	}
	return resp, err
}

func (s bulkServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	small.Config = b.without(req.Config)
	resp, err := s.protocolServer.ReadDataSource(ctx, &small)
	if err == nil {
		b.restore(resp.State)
	}
	return resp, err
}

func (s bulkServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	small.PriorState, small.ProposedNewState, small.Config = b.without(req.PriorState), b.without(req.ProposedNewState), b.without(req.Config)
	resp, err := s.protocolServer.PlanResourceChange(ctx, &small)
	if err == nil {
		b.restore(resp.PlannedState)
	}
	return resp, err
}

func (s bulkServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	small.PriorState, small.PlannedState, small.Config = b.without(req.PriorState), b.without(req.PlannedState), b.without(req.Config)
	resp, err := s.protocolServer.ApplyResourceChange(ctx, &small)
	if err == nil {
		b.restore(resp.NewState)
	}
	return resp, err
}

func (s bulkServer) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	ctx, b := newBulk(ctx, s.least)
	small := *req
	if strings.HasSuffix(req.Name, parseSuffix) && len(req.Arguments) > 0 {
		small.Arguments = slices.Clone(req.Arguments)
		small.Arguments[0] = b.withoutText(req.Arguments[0])
		if len(b.values) > 0 {
			debug.FreeOSMemory() // twice, or what gRPC received the text in stays for use again
			debug.FreeOSMemory()
		}
	}
	resp, err := s.protocolServer.CallFunction(ctx, &small)
	if err == nil {
		b.restore(resp.Result)
	}
	return resp, err
}
