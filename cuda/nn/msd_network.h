// An MS-D network on a card. Its weights lie in the card's memory; planes are taken for the largest
// image it has met. One caller at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/nn/msd/card_network.h"
#include "common/nn/msd/network.h"
#include "cuda/device/device.h"
#include "cuda/kernels/msd.h"
#include "cuda/process/table_memory.h"

namespace slicecast::cuda {

class MsdOnCard final : public nn::msd::CardNetwork {
 public:
  // Refuses what nn::msd::validate refuses.
  static Result<std::unique_ptr<MsdOnCard>> create(std::shared_ptr<Device> device,
                                                   const nn::msd::Network& network);

  Result<void> run(std::span<const ImageView<const float>> channels,
                   std::span<float> outputs) override;
  Result<void> run_labels(std::span<const ImageView<const float>> channels,
                          std::span<std::uint8_t> labels) override;

 private:
  struct Layer {
    int dilation, edges;
    float bias;
    std::size_t first;  // in the table of edges
  };
  MsdOnCard(std::shared_ptr<Device> device, const nn::msd::Network& network);
  void fill_tables(const nn::msd::Network& network);
  Result<void> reserve(std::size_t pixels);
  Result<void> check(std::span<const ImageView<const float>> channels, std::size_t results,
                     std::size_t channels_out) const;
  // The planes of all layers, and then the last kernel.
  Result<void> compute(std::span<const ImageView<const float>> channels, float* scores,
                       std::uint8_t* labels);

  const std::shared_ptr<Device> device_;
  const int inputs_, outputs_, planes_;
  const nn::msd::Border border_;
  const nn::msd::Output output_;
  std::vector<nn::msd::Affine> scale_in_;
  std::vector<Layer> layers_;
  int last_sources_ = 0;
  TableMemory tables_;
  std::size_t edges_at_ = 0, sources_at_ = 0, weights_at_ = 0, affine_at_ = 0;
  Stream stream_;
  DeviceMemory memory_, results_;
  std::size_t room_ = 0;  // pixels
};

}  // namespace slicecast::cuda
