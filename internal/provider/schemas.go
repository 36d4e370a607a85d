package provider

import (
	action "github.com/hashicorp/terraform-plugin-framework/action/schema"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	ephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	list "github.com/hashicorp/terraform-plugin-framework/list/schema"
	provider "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	resource "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// form makes the attributes of one kind of schema. The framework has a type of
// its own for each kind of object and each type of value; a form has one function
// for each type of value.
type form[A any] struct {
	text   func(a attribute, v []validator.String) A
	number func(a attribute, v []validator.Number) A
	flag   func(a attribute) A
	list   func(a attribute, v []validator.List) A
	table  func(a attribute) A
}

// add writes attributes in this form into a schema.
func (f form[A]) add(schema map[string]A, attributes ...attribute) {
	for _, a := range attributes {
		schema[a.name] = f.write(a, validators(a))
	}
}

func (f form[A]) write(a attribute, v validatorSet) A {
	switch a.kind {
	case kindNumber:
		return f.number(a, v.number)
	case kindBool:
		return f.flag(a)
	case kindStrings:
		return f.list(a, v.list)
	case kindPorts, kindOptions, kindTexts:
		return f.table(a)
	case kindString:
	}
	return f.text(a, v.string)
}

// inProvider is the form of the provider's schema, which has no outputs.
var inProvider = form[provider.Attribute]{
	text: func(a attribute, v []validator.String) provider.Attribute {
		return provider.StringAttribute{Optional: a.mode == optional, Required: a.mode == required, Sensitive: a.sensitive, MarkdownDescription: a.description, Validators: v}
	},
	number: func(a attribute, v []validator.Number) provider.Attribute {
		return provider.NumberAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description, Validators: v}
	},
	flag: func(a attribute) provider.Attribute {
		return provider.BoolAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description}
	},
	list: func(a attribute, v []validator.List) provider.Attribute {
		return provider.ListAttribute{Optional: a.mode == optional, Required: a.mode == required, ElementType: a.kind.element(), MarkdownDescription: a.description, Validators: v}
	},
	table: func(a attribute) provider.Attribute {
		return provider.MapAttribute{Optional: a.mode == optional, Required: a.mode == required, Sensitive: a.sensitive, ElementType: a.kind.element(), MarkdownDescription: a.description}
	},
}

var inDataSource = form[datasource.Attribute]{
	text: func(a attribute, v []validator.String) datasource.Attribute {
		return datasource.StringAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description, Validators: v}
	},
	number: func(a attribute, v []validator.Number) datasource.Attribute {
		return datasource.NumberAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description, Validators: v}
	},
	flag: func(a attribute) datasource.Attribute {
		return datasource.BoolAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description}
	},
	list: func(a attribute, v []validator.List) datasource.Attribute {
		return datasource.ListAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, ElementType: a.kind.element(), MarkdownDescription: a.description, Validators: v}
	},
	table: func(a attribute) datasource.Attribute {
		return datasource.MapAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, ElementType: a.kind.element(), MarkdownDescription: a.description}
	},
}

var inResource = form[resource.Attribute]{
	text: func(a attribute, v []validator.String) resource.Attribute {
		return resource.StringAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description, Validators: v}
	},
	number: func(a attribute, v []validator.Number) resource.Attribute {
		return resource.NumberAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description, Validators: v}
	},
	flag: func(a attribute) resource.Attribute {
		return resource.BoolAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description}
	},
	list: func(a attribute, v []validator.List) resource.Attribute {
		return resource.ListAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, ElementType: a.kind.element(), MarkdownDescription: a.description, Validators: v}
	},
	table: func(a attribute) resource.Attribute {
		return resource.MapAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, ElementType: a.kind.element(), MarkdownDescription: a.description}
	},
}

// inList is the form of the config block of a list, which has no outputs. It cannot
// mark a secret: terraform query -json prints all arguments, even of ephemeral values.
var inList = form[list.Attribute]{
	text: func(a attribute, v []validator.String) list.Attribute {
		return list.StringAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description, Validators: v}
	},
	number: func(a attribute, v []validator.Number) list.Attribute {
		return list.NumberAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description, Validators: v}
	},
	flag: func(a attribute) list.Attribute {
		return list.BoolAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description}
	},
	list: func(a attribute, v []validator.List) list.Attribute {
		return list.ListAttribute{Optional: a.mode == optional, Required: a.mode == required, ElementType: a.kind.element(), MarkdownDescription: a.description, Validators: v}
	},
	table: func(a attribute) list.Attribute {
		return list.MapAttribute{Optional: a.mode == optional, Required: a.mode == required, ElementType: a.kind.element(), MarkdownDescription: a.description}
	},
}

var inEphemeral = form[ephemeral.Attribute]{
	text: func(a attribute, v []validator.String) ephemeral.Attribute {
		return ephemeral.StringAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description, Validators: v}
	},
	number: func(a attribute, v []validator.Number) ephemeral.Attribute {
		return ephemeral.NumberAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description, Validators: v}
	},
	flag: func(a attribute) ephemeral.Attribute {
		return ephemeral.BoolAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, MarkdownDescription: a.description}
	},
	list: func(a attribute, v []validator.List) ephemeral.Attribute {
		return ephemeral.ListAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, ElementType: a.kind.element(), MarkdownDescription: a.description, Validators: v}
	},
	table: func(a attribute) ephemeral.Attribute {
		return ephemeral.MapAttribute{Optional: a.mode == optional, Required: a.mode == required, Computed: a.mode == computed, ElementType: a.kind.element(), MarkdownDescription: a.description}
	},
}

// inAction is the form of an action's schema, which has no outputs, and no secrets.
var inAction = form[action.Attribute]{
	text: func(a attribute, v []validator.String) action.Attribute {
		return action.StringAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description, Validators: v}
	},
	number: func(a attribute, v []validator.Number) action.Attribute {
		return action.NumberAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description, Validators: v}
	},
	flag: func(a attribute) action.Attribute {
		return action.BoolAttribute{Optional: a.mode == optional, Required: a.mode == required, MarkdownDescription: a.description}
	},
	list: func(a attribute, v []validator.List) action.Attribute {
		return action.ListAttribute{Optional: a.mode == optional, Required: a.mode == required, ElementType: a.kind.element(), MarkdownDescription: a.description, Validators: v}
	},
	table: func(a attribute) action.Attribute {
		return action.MapAttribute{Optional: a.mode == optional, Required: a.mode == required, ElementType: a.kind.element(), MarkdownDescription: a.description}
	},
}
