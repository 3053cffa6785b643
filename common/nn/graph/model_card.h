// What a model's file says about itself, in ONNX metadata_props (names: docs/reference/models.md).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn {

enum class OutputKind : std::uint8_t {
  values,             // a denoised image and the like: one float per pixel and channel
  logits,             // class scores without a softmax
  probabilities,      // class scores that sum to 1, or one sigmoid
  log_probabilities,  // their natural logarithms
  labels,             // the class itself, as a whole number
};
const char* to_string(OutputKind kind);

struct ClassEntry {
  std::string name;
  std::uint32_t colour = 0;  // 0xrrggbb; the same number in two classes is allowed
};

struct ModelCard {
  double input_scale = 1, input_shift = 0;  // network input = value * scale + shift; fixed
  std::optional<double> pixel_size_mm;      // of the images it was trained on
  std::string value_unit;                   // of the images it was trained on: "1/mm"; empty: any
  std::vector<ClassEntry> classes;          // in the order of the output's channels; may be empty
  std::optional<OutputKind> output;         // nothing: as the network's last operator says
  std::optional<msd::Border> border;        // of an MS-D network with zero padding
  std::string name, licence, provenance;    // free text

  bool operator==(const ModelCard&) const;
};

// Unknown names that start with "slicecast." and values that are out of range are refused; names of
// others are ignored.
Result<ModelCard> read_card(const std::map<std::string, std::string>& metadata);
// The same names and values that read_card() takes; defaults are left out.
std::map<std::string, std::string> write_card(const ModelCard& card);

// Colours of classes without one: distinct for the first eight.
std::uint32_t default_colour(std::size_t index);

}  // namespace slicecast::nn
