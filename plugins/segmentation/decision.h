// From the chances of classes to labels. Labels count from 1; 0 is not labelled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/error.h"

namespace slicecast::segment {

struct ClassThreshold {
  std::uint8_t label = 2;
  double chance = 0.5;
};

struct Decision {
  std::optional<ClassThreshold> threshold;  // nothing: the likeliest class, the lowest of equals
};

// What a network's numbers are.
enum class Scores : std::uint8_t { chances, logits, log_chances };

// `scores` [channels][pixels] become chances in place, which sum to 1 over the channels (softmax of
// logits). One channel is the chance of class 2 of two (its sigmoid for a logit).
void to_chances(Scores kind, int channels, std::span<float> scores);

// labels[i] from chances [channels][pixels]; one channel stands for two classes. Without a
// threshold scores of two channels or more serve as well: the greatest of them is the likeliest.
// Where `part` is not empty and 0, the label is 0, as it is where a chance is not a number. A
// threshold for a class that is not there is refused.
Result<void> decide(const Decision& decision, int channels, std::span<const float> chances,
                    std::span<const std::uint8_t> part, std::span<std::uint8_t> labels);

// Labels of hidden classes become 0.
void hide(std::span<const std::uint8_t> hidden, std::span<std::uint8_t> labels);

}  // namespace slicecast::segment
