// "${…}" inside texts.
#include "controller/config/interpolation.h"

#include "controller/base/json.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {

void read_interpolation(std::string_view input) {
  InterpolationNames names;
  names.stack = "shop";
  names.region = "eu-central-1";
  names.input = [](std::string_view name) {
    return name == "size"    ? Value(3)
           : name == "word"  ? Value::secret("hidden")
           : name == "later" ? Value::unknown("inputs.later")
                             : Value();
  };
  names.inputs = [] { return std::vector<std::string>{"size", "word", "later"}; };
  for (const std::string_view attribute : {"", "id"}) {
    names.default_attribute = attribute;
    std::vector<InterpolationFault> faults;
    const Value value = interpolate(input, names, faults);
    PLUMBLINE_CHECK(faults.empty() || value.is_null());
    for (const InterpolationFault& fault : faults) {
      PLUMBLINE_CHECK(fault.offset <= input.size() && fault.length <= input.size() - fault.offset);
      PLUMBLINE_CHECK(!fault.id.empty() && !fault.detail.empty());
    }
    PLUMBLINE_CHECK(
        show_json(value).find("hidden") == std::string::npos ||
        input.find("hidden") != std::string_view::npos
    );
    if (!has_interpolation(input)) {
      PLUMBLINE_CHECK(value.is_text() && value.as_text() == input);
    }
  }
}

}  // namespace plumbline::fuzz
