#include "plugins/segmentation/decision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace slicecast::segment {
namespace {

// The class of the greatest number but `without`; 0 when one is not a number.
std::uint8_t likeliest(std::span<const float> chances, std::size_t pixels, std::size_t i,
                       int classes, std::uint8_t without) {
  float best = 0;
  std::uint8_t label = 0;
  for (int k = 0; k < classes; ++k) {
    const float chance = chances[static_cast<std::size_t>(k) * pixels + i];
    if (chance != chance) return 0;
    if (k + 1 == without || (label != 0 && !(chance > best))) continue;
    best = chance;
    label = static_cast<std::uint8_t>(k + 1);
  }
  return label;
}

}  // namespace

void to_chances(Scores kind, int channels, std::span<float> scores) {
  if (kind == Scores::chances) return;
  if (kind == Scores::log_chances) {
    for (float& score : scores) score = std::exp(score);
    return;
  }
  if (channels == 1) {
    for (float& score : scores) score = 1 / (1 + std::exp(-score));
    return;
  }
  const std::size_t pixels = scores.size() / static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < pixels; ++i) {
    float largest = scores[i], sum = 0;
    for (std::size_t k = i; k < scores.size(); k += pixels) largest = std::max(largest, scores[k]);
    for (std::size_t k = i; k < scores.size(); k += pixels)
      sum += scores[k] = std::exp(scores[k] - largest);
    for (std::size_t k = i; k < scores.size(); k += pixels) scores[k] /= sum;
  }
}

Result<void> decide(const Decision& decision, int channels, std::span<const float> chances,
                    std::span<const std::uint8_t> part, std::span<std::uint8_t> labels) {
  const std::size_t pixels = labels.size();
  const int classes = std::max(channels, 2);
  if (channels < 1 || channels > 254 ||
      chances.size() != pixels * static_cast<std::size_t>(channels))
    return Error{Errc::invalid_argument, std::to_string(channels) + " channels with " +
                                             std::to_string(chances.size()) + " chances for " +
                                             std::to_string(pixels) +
                                             " pixels; use a network of 1 to 254 classes"};
  const std::uint8_t wanted = decision.threshold ? decision.threshold->label : 0;
  if (wanted > classes)
    return Error{Errc::invalid_argument, "threshold_class is " + std::to_string(wanted) + " of " +
                                             std::to_string(classes) + " classes; lower it"};
  const float least = decision.threshold ? static_cast<float>(decision.threshold->chance) : 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (!part.empty() && part[i] == 0) {
      labels[i] = 0;
      continue;
    }
    std::array<float, 2> both{1 - chances[i], chances[i]};
    const bool single = channels == 1;
    const std::span<const float> of = single ? std::span<const float>(both) : chances;
    const std::size_t stride = single ? 1 : pixels, at = single ? 0 : i;
    const std::uint8_t other = likeliest(of, stride, at, classes, wanted);
    const bool reached = wanted != 0 && other != 0 &&
                         of[static_cast<std::size_t>(wanted - 1) * stride + at] >= least;
    labels[i] = reached ? wanted : other;
  }
  return {};
}

void hide(std::span<const std::uint8_t> hidden, std::span<std::uint8_t> labels) {
  if (hidden.empty()) return;
  std::array<std::uint8_t, 256> shown{};
  for (std::size_t k = 0; k < shown.size(); ++k) shown[k] = static_cast<std::uint8_t>(k);
  for (std::uint8_t label : hidden) shown[label] = 0;
  for (std::uint8_t& label : labels) label = shown[label];
}

}  // namespace slicecast::segment
