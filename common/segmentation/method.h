// The methods as the outside sees them: named, with their parameters declared, and all called the
// same way, so that a program can offer, tune and switch them while it runs.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/segmentation/field.h"

namespace slicecast::segmentation {

// Immutable; any number of threads may call it, each with its own workspace.
class Method {
 public:
  virtual ~Method() = default;
  virtual int classes() const = 0;  // labels run from 1 to this, from dark to bright
  // Labels of the size of the field: 0 where no pixel takes part or no seed reaches. The threads
  // are those of the workspace; their number does not change the labels.
  virtual Result<void> segment(const Field& field, const Labels& labels,
                               Workspace& workspace) const = 0;
};

struct MethodEntry {
  std::string name;                     // "otsu"
  std::string doc;                      // one line
  std::vector<config::Option> options;  // all live; names begin with the name of the method
  Result<std::unique_ptr<const Method>> (*make)(const config::Settings& settings);
};

// Ordered as they are to be offered.
std::span<const MethodEntry> methods();
const MethodEntry* find_method(std::string_view name);

// The choice `method` and the options of all methods: the live parameters of a program.
std::vector<config::Option> method_options();
// The method that settings of these options choose; a value out of bounds, alone or beside another,
// is refused.
Result<std::unique_ptr<const Method>> make_method(const config::Settings& settings);

}  // namespace slicecast::segmentation
