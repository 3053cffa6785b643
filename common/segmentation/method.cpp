#include "common/segmentation/method.h"

#include <algorithm>

namespace slicecast::segmentation {

const MethodEntry* find_method(std::string_view name) {
  const auto all = methods();
  const auto found = std::ranges::find(all, name, &MethodEntry::name);
  return found == all.end() ? nullptr : &*found;
}

std::vector<config::Option> method_options() {
  config::Option choice{.name = "method",
                        .type = config::Type::choice,
                        .default_value = methods().front().name,
                        .doc = "How slices are segmented:",
                        .live = true};
  std::vector<config::Option> options;
  for (const auto& method : methods()) {
    choice.choices.push_back(method.name);
    choice.doc += (choice.choices.size() == 1 ? " " : "; ") + method.name + ": " + method.doc;
    options.insert(options.end(), method.options.begin(), method.options.end());
  }
  options.insert(options.begin(), choice);
  return options;
}

Result<std::unique_ptr<const Method>> make_method(const config::Settings& settings) {
  const std::string& name = settings.text("method");
  const MethodEntry* const entry = find_method(name);
  if (entry == nullptr)
    return Error{Errc::not_found, "no method is named '" + name + "'; see the choices of method"};
  return entry->make(settings);
}

}  // namespace slicecast::segmentation
