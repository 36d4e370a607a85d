package provider_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The files in testdata/schemas have some resources of aws 6, google 7 and azurerm 4,
// with the names and types of the attributes that these providers' sources give them,
// in the form of `terraform providers schema -json`. recordedServer is a provider that
// has such a schema and nothing behind it: what depends on other providers is validated
// and planned without a network.

// recordedSchemas is the folder, from this package's.
const recordedSchemas = "testdata/schemas"

// recordedPrefix begins the names by which this test's own program is such a
// provider; the folder of the schemas is in recordedVariable.
const (
	recordedPrefix   = "terraform-provider-"
	recordedVariable = "PORTCHECK_RECORDED_SCHEMAS"
)

// servesRecorded serves a recorded schema if the program was started as a provider,
// and returns whether it was.
func servesRecorded() bool {
	name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), recordedPrefix)
	if !ok {
		return false
	}
	schema, err := readSchemas(filepath.Join(os.Getenv(recordedVariable), name+".json"))
	if err == nil {
		err = tf6server.Serve("registry.terraform.io/hashicorp/"+name, func() tfprotov6.ProviderServer { return &recordedServer{schema: schema} })
	}
	if err != nil {
		panic(err)
	}
	return true
}

// mockClouds makes the recorded providers the ones of w's CLI.
func (w *workspace) mockClouds() {
	w.t.Helper()
	program, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	folder, err := filepath.Abs(recordedSchemas)
	if err != nil {
		w.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("no schemas in %s: %v", folder, err)
	}
	bin := w.t.TempDir()
	var overrides strings.Builder
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if err := os.Symlink(program, filepath.Join(bin, recordedPrefix+name)); err != nil {
			w.t.Fatal(err)
		}
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			overrides.WriteString(`    "` + host + "/hashicorp/" + name + `" = "` + bin + "\"\n")
		}
	}
	config := filepath.Join(w.Dir, "cli.tfrc")
	text := strings.Replace(w.read("cli.tfrc"), "dev_overrides {\n", "dev_overrides {\n"+overrides.String(), 1)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.Env = append(w.Env, recordedVariable+"="+folder)
}

// recordedServer is a provider without a cloud. It plans what was configured; what
// the provider itself would set is not known before apply.
type recordedServer struct {
	tfprotov6.ProviderServer // none: the rest is never called

	schema *tfprotov6.GetProviderSchemaResponse
}

func (s *recordedServer) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	resp := &tfprotov6.GetMetadataResponse{}
	for name := range s.schema.ResourceSchemas {
		resp.Resources = append(resp.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	return resp, nil
}

func (s *recordedServer) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return s.schema, nil
}

func (s *recordedServer) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *recordedServer) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (s *recordedServer) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s *recordedServer) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (s *recordedServer) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (s *recordedServer) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	block := s.schema.ResourceSchemas[req.TypeName].Block
	proposed, err := req.ProposedNewState.Unmarshal(block.ValueType())
	if err != nil {
		return nil, err
	}
	planned, err := tftypes.Transform(proposed, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		for _, a := range block.Attributes {
			if a.Computed && v.IsNull() && at.Equal(tftypes.NewAttributePath().WithAttributeName(a.Name)) {
				return tftypes.NewValue(a.Type, tftypes.UnknownValue), nil
			}
		}
		return v, nil
	})
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(block.ValueType(), planned)
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: &state}, err
}

// recordedBlock is a block as `terraform providers schema -json` writes it.
type recordedBlock struct {
	Attributes map[string]struct {
		Type                         json.RawMessage
		Required, Optional, Computed bool
	}
	BlockTypes map[string]struct {
		NestingMode string `json:"nesting_mode"`
		Block       recordedBlock
		MinItems    int64 `json:"min_items"`
		MaxItems    int64 `json:"max_items"`
	} `json:"block_types"`
}

type recordedSchema struct {
	Version int64
	Block   recordedBlock
}

// readSchemas reads the schema of the provider in file.
func readSchemas(file string) (*tfprotov6.GetProviderSchemaResponse, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all struct {
		Providers map[string]struct {
			Provider  recordedSchema
			Resources map[string]recordedSchema `json:"resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	resp := &tfprotov6.GetProviderSchemaResponse{ResourceSchemas: map[string]*tfprotov6.Schema{}}
	for _, p := range all.Providers {
		if resp.Provider, err = p.Provider.read(); err != nil {
			return nil, err
		}
		for name, r := range p.Resources {
			if resp.ResourceSchemas[name], err = r.read(); err != nil {
				return nil, err
			}
		}
	}
	return resp, nil
}

func (s recordedSchema) read() (*tfprotov6.Schema, error) {
	block, err := s.Block.read()
	return &tfprotov6.Schema{Version: s.Version, Block: block}, err
}

func (b recordedBlock) read() (*tfprotov6.SchemaBlock, error) {
	block := &tfprotov6.SchemaBlock{}
	for name, a := range b.Attributes {
		typ, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck // nothing else reads the types of this format
		if err != nil {
			return nil, err
		}
		block.Attributes = append(block.Attributes, &tfprotov6.SchemaAttribute{Name: name, Type: typ, Required: a.Required, Optional: a.Optional, Computed: a.Computed})
	}
	nesting := map[string]tfprotov6.SchemaNestedBlockNestingMode{
		"single": tfprotov6.SchemaNestedBlockNestingModeSingle, "list": tfprotov6.SchemaNestedBlockNestingModeList, "set": tfprotov6.SchemaNestedBlockNestingModeSet,
	}
	for name, nested := range b.BlockTypes {
		inner, err := nested.Block.read()
		if err != nil {
			return nil, err
		}
		block.BlockTypes = append(block.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Nesting: nesting[nested.NestingMode], Block: inner, MinItems: nested.MinItems, MaxItems: nested.MaxItems})
	}
	return block, nil
}

// TestRecordedSchemas: all files can be read, and have what the functions for
// rules read.
func TestRecordedSchemas(t *testing.T) {
	for name, resources := range map[string][]string{
		"aws":     {"aws_security_group", "aws_vpc_security_group_ingress_rule"},
		"google":  {"google_compute_firewall"},
		"azurerm": {"azurerm_network_security_group", "azurerm_network_security_rule"},
	} {
		schema, err := readSchemas(filepath.Join(recordedSchemas, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range resources {
			if schema.ResourceSchemas[r] == nil || len(schema.ResourceSchemas[r].Block.Attributes) == 0 {
				t.Errorf("%s has no %s", name, r)
			}
		}
	}
}
