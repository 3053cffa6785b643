#include "plugins/sdk/publisher.h"

#include <algorithm>
#include <utility>

namespace slicecast::plugin {

void Publisher::input_came(const std::string& key, std::uint64_t instance) {
  std::lock_guard lock(mutex_);
  inputs_[key].instance = instance;
}

void Publisher::take_back(const Input& input) {
  for (const auto& output : input.outputs) {
    feed_.remove(output);
    shown_.erase(output);
  }
}

void Publisher::input_gone(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto found = inputs_.find(key);
  if (found == inputs_.end()) return;
  take_back(found->second);
  inputs_.erase(found);
}

void Publisher::keep_slices(const v1::Scene& scene) {
  constexpr std::string_view kSlice = "slice/";
  std::lock_guard lock(mutex_);
  std::erase_if(inputs_, [&](const auto& input) {
    if (!input.first.starts_with(kSlice)) return false;
    const auto id = std::string_view(input.first).substr(kSlice.size());
    if (std::ranges::any_of(scene.slices(), [&](const auto& it) { return it.id() == id; }))
      return false;
    take_back(input.second);
    return true;
  });
}

void Publisher::clear() {
  std::lock_guard lock(mutex_);
  for (const auto& [key, input] : inputs_) take_back(input);
  inputs_.clear();
}

bool Publisher::publish(Output::Ready&& result) {
  // Held while publishing, so that nothing older gets between.
  std::lock_guard lock(mutex_);
  if (!result.input_key.empty()) {
    const auto input = inputs_.find(result.input_key);
    if (input == inputs_.end() || input->second.instance != result.input_instance) return false;
    Shown& shown = shown_[result.key];
    // The same version again is one result of changed parameters in the place of another.
    if (shown.instance == result.input_instance && result.input_version < shown.version)
      return false;
    shown = {result.input_instance, result.input_version};
    input->second.outputs.insert(result.key);
  }
  return feed_.publish(result.key, std::move(result.header), std::move(result.pixels)) != 0;
}

}  // namespace slicecast::plugin
