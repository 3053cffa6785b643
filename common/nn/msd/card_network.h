// A mixed-scale dense network somewhere else than on the processor: on a card, through a module
// that programs load at run time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

// One caller at a time. After an error other than invalid_argument the card is of no more use for
// this network: unavailable (lost), resource_exhausted (no room for the planes).
class CardNetwork {
 public:
  virtual ~CardNetwork() = default;
  // `channels`: one image per input, all of one size; `outputs`: [outputs][rows][columns]. Not for
  // networks whose output is arg_max.
  virtual Result<void> run(std::span<const ImageView<const float>> channels,
                           std::span<float> outputs) = 0;
  // [rows][columns]: the channel of the largest output, the lowest among equals.
  virtual Result<void> run_labels(std::span<const ImageView<const float>> channels,
                                  std::span<std::uint8_t> labels) = 0;
};

using CardNetworkResult = Result<std::unique_ptr<CardNetwork>>;
// Puts a network on a card, or says in one line with its remedy why not.
using CardNetworkMaker = std::function<CardNetworkResult(const Network&)>;

// What the module exports for it, with C linkage, beside what common/recon/backend_module.h names;
// `device` as in recon::BackendRequest, the first if it names several.
using CardNetworkEntry = void (*)(const Network&, const std::string& device, CardNetworkResult*);
inline constexpr const char* kCardNetworkEntry = "slicecast_msd_network";

}  // namespace slicecast::nn::msd
