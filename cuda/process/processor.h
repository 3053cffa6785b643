// recon::Processor on a card. Besides frames of host memory to host memory it filters batches of
// frames straight into images on the card.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "common/recon/processing.h"
#include "cuda/device/device.h"
#include "cuda/process/frame_pipeline.h"

namespace slicecast::cuda {

// What a batch came to, per frame.
struct BatchCounts {
  recon::ProcessCounts counts;
  std::uint64_t clipped = 0;  // filtered values beyond half precision, or not finite
};

class CardProcessor : public recon::Processor {
 public:
  // Filters frames into images on the card, of the shape of layout(), all of one stride and type.
  // Done when it returns. Errors: those of the device; images are then undefined.
  virtual Result<void> filter_onto(std::span<const RawFrame> frames, std::span<void* const> images,
                                   int stride, bool half, float scale,
                                   std::span<BatchCounts> counts) const = 0;
  // The same into images of host memory, many frames per launch.
  virtual Result<void> filter_batch(std::span<const RawFrame> frames,
                                    std::span<const ImageView<float>> out,
                                    std::span<recon::ProcessCounts> counts) const = 0;
  virtual const FramePipeline& pipeline() const = 0;
};

// `failed` is told, on the calling thread and before filter() or line_integrals() returns, why the
// card could not do it; their output is then zeros. Errors: those of recon::validate,
// resource_exhausted when the card's memory does not hold the tables and one frame, unavailable
// when phase retrieval or very long rows are asked for and cuFFT is missing.
Result<std::unique_ptr<CardProcessor>> make_card_processor(
    std::shared_ptr<Device> device, const recon::ProcessDesc& desc,
    std::function<void(const Error&)> failed = {});

}  // namespace slicecast::cuda
