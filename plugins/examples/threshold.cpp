// Labels what is brighter than a level: the plugin of docs/how-to/plugins.md.
#include "plugins/sdk/plugin.h"

using namespace slicecast::plugin;

int main(int argc, char** argv) {
  Plugin plugin{.name = "threshold", .doc = "Labels what is brighter than a level."};
  plugin.parameters = {real("level", 0.1, -1e6, 1e6, "1/mm", "Brighter than this is `above`")};
  plugin.classes = {label_class(0, "below", 0x3366CC), label_class(1, "above", 0xFF8800)};
  plugin.each = [](const SliceView& slice, const auto& parameters, Output& out) {
    const auto level = static_cast<float>(parameters.real("level"));
    auto labels = out.labels(slice);
    labels.header.set_unlabelled(255);
    for (std::size_t i = 0; i < slice.pixels.size(); ++i) {
      const float value = slice.pixels[i];
      labels.pixels[i] = value == 0 ? 255 : value > level;  // 0: outside of the field of view
    }
  };
  return run(plugin, argc, argv);
}
