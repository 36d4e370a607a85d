// Command newschemas adds to what `providers schema -json` of a CLI says, which it reads
// from standard input, the schemas of those kinds of objects that the CLI may be too old
// to know: actions and list resources. So the documentation is the same whichever CLI is
// at hand. The provider is called by its short name there: "portcheck".
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/portcheck/terraform-provider-portcheck/internal/provider"
)

func main() {
	var document struct {
		FormatVersion string                    `json:"format_version"`
		Schemas       map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&document); err != nil {
		log.Fatal(err)
	}
	ours := document.Schemas["portcheck"]
	if ours == nil {
		log.Fatal("there is no provider called portcheck")
	}
	served, err := provider.NewServer("dev", nil)().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		log.Fatal(err)
	}
	actions, lists := map[string]any{}, map[string]any{}
	for name, action := range served.ActionSchemas {
		actions[name] = map[string]any{"block": block(action.Schema.Block)}
	}
	for name, list := range served.ListResourceSchemas {
		lists[name] = map[string]any{"version": list.Version, "block": block(list.Block)}
	}
	ours["action_schemas"], ours["list_resource_schemas"] = actions, lists
	if err := json.NewEncoder(os.Stdout).Encode(document); err != nil {
		log.Fatal(err)
	}
}

// block is b as the CLIs write it.
func block(b *tfprotov6.SchemaBlock) map[string]any {
	attributes, blocks := map[string]any{}, map[string]any{}
	for _, a := range b.Attributes {
		attributes[a.Name] = attribute(a)
	}
	for _, nested := range b.BlockTypes {
		blocks[nested.TypeName] = map[string]any{
			"nesting_mode": strings.ToLower(nested.Nesting.String()),
			"block":        block(nested.Block),
			"min_items":    nested.MinItems,
			"max_items":    nested.MaxItems,
		}
	}
	return map[string]any{
		"attributes": attributes, "block_types": blocks, "deprecated": b.Deprecated,
		"description": b.Description, "description_kind": kind(b.DescriptionKind),
	}
}

func attribute(a *tfprotov6.SchemaAttribute) map[string]any {
	return map[string]any{
		"type":        a.Type, // the CLIs write types as the protocol does
		"description": a.Description, "description_kind": kind(a.DescriptionKind),
		"required": a.Required, "optional": a.Optional, "computed": a.Computed,
		"sensitive": a.Sensitive, "write_only": a.WriteOnly, "deprecated": a.Deprecated,
	}
}

func kind(k tfprotov6.StringKind) string { return strings.ToLower(k.String()) }
