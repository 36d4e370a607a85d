package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type (
	attrType  = attr.Type
	attrValue = attr.Value
)

// validatorSet has the validators of one attribute, for each type that it may
// have.
type validatorSet struct {
	string []validator.String
	number []validator.Number
	list   []validator.List
}

// validators makes sure that an attribute with words has one of them, and that
// a setting has a value that its set accepts. Other attributes are not
// validated.
func validators(a attribute) validatorSet {
	if a.words != nil {
		return validatorSet{string: []validator.String{stringvalidator.OneOf(a.words...)}}
	}
	if a.name == attrTimeout {
		return validatorSet{string: []validator.String{settingValidator{timeoutSetting(attrTimeout)}}}
	}
	for _, s := range settingsTable {
		if s.name == a.name {
			v := settingValidator{s}
			set := validatorSet{[]validator.String{v}, []validator.Number{v}, []validator.List{v}}
			if a.name == attrCAPEM {
				set.string = append(set.string, stringvalidator.ConflictsWith(path.MatchRoot(attrCAFile)))
			}
			return set
		}
	}
	return validatorSet{}
}

// settingValidator reports at validate the mistakes that configure would report
// later.
type settingValidator struct{ setting setting }

func (v settingValidator) Description(context.Context) string {
	err := v.setting.set(&settings{}, "\x00")
	return fmt.Sprintf("expected %s", err)
}

func (v settingValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v settingValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	v.validate(req.Path, known(req.ConfigValue), req.ConfigValue.ValueString(), &resp.Diagnostics)
}

func (v settingValidator) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	v.validate(req.Path, known(req.ConfigValue), digits(req.ConfigValue), &resp.Diagnostics)
}

func (v settingValidator) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	for i, e := range req.ConfigValue.Elements() {
		if s, ok := e.(types.String); ok && !s.IsUnknown() {
			v.validate(req.Path.AtListIndex(i), isKnown, s.ValueString(), &resp.Diagnostics)
		}
	}
}

func (v settingValidator) validate(p path.Path, state knowledge, text string, diags *diag.Diagnostics) {
	if state != isKnown {
		return
	}
	if err := v.setting.set(&settings{}, text); err != nil {
		diags.AddAttributeError(p, invalidSetting, v.setting.refusal(v.setting.name, text, err))
	}
}
