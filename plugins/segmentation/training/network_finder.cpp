#include "plugins/segmentation/training/network_finder.h"

#include <algorithm>
#include <cmath>

namespace slicecast::training {

Result<BubbleFinder> finder_of(const nn::Model& model) {
  const auto& card = model.card();
  const auto bubble = std::ranges::find(card.classes, "bubble", &nn::ClassEntry::name);
  if (bubble == card.classes.end())
    return Error{Errc::invalid_argument,
                 "the model has no class 'bubble'; score one that train.py wrote"};
  if (card.value_unit != "1/mm" || !card.pixel_size_mm ||
      std::abs(*card.pixel_size_mm / kSlicePixelMm - 1) > 1e-3)
    return Error{Errc::invalid_argument,
                 "the model is for other images than the demo's slices; score one that train.py "
                 "wrote"};
  const auto label = static_cast<std::uint8_t>(bubble - card.classes.begin());
  return BubbleFinder(
      [&model, label](const LabelledSlice& slice) -> Result<std::vector<std::uint8_t>> {
        auto labels = model.run_labels(slice.values, slice.rows, slice.columns, 1);
        if (!labels) return labels.error();
        for (auto& each : *labels) each = each == label ? 1 : 0;
        return labels;
      });
}

}  // namespace slicecast::training
