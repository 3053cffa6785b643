// The stages of processing on the card, for a batch of frames in one lane: what a Processor does
// between the upload and the download. Immutable; any number of lanes at a time.
//
// The fused way, for uint16 frames without binning, zingers, phase retrieval and roll: raw pixels
// go into the row filter and filtered rows come out of it, one launch (two with bad pixels). Other
// frames become images of line integrals first.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "common/recon/processing_plan.h"
#include "common/recon/transmission.h"
#include "cuda/device/device.h"
#include "cuda/process/detector_tables.h"
#include "cuda/process/lane.h"
#include "cuda/process/row_stage.h"

namespace slicecast::cuda {

struct RawFrame {
  const void* pixels = nullptr;  // densely packed, in the descriptor's type
  double angle_rad = 0;
};

// Frames that have been uploaded into a lane.
struct FrameBatch {
  int frames = 0;
  std::array<bool, kMostFrames> tapered{};
};

// Filtered images on the card.
struct FilteredImages {
  std::array<void*, kMostFrames> first_pixel{};
  int stride = 0;
  bool half = false;
  float scale = 1;  // half: values are divided by it
};

class FramePipeline {
 public:
  // `desc` has passed recon::validate.
  static Result<std::unique_ptr<FramePipeline>> make(Device& device,
                                                     const recon::ProcessDesc& desc);

  const recon::ProcessDesc& desc() const { return desc_; }
  const recon::ProcessingPlan& plan() const { return plan_; }
  bool fused() const { return fused_; }
  int frames_per_batch() const { return frames_per_batch_; }

  // At most frames_per_batch(). The frames' memory is free again on return. (The air region's mean
  // and whether the sample is wider than the beam are found here, on the host, from a few pixels.)
  Result<FrameBatch> upload(Lane& lane, std::span<const RawFrame> frames) const;

  // Launches; results are there after a synchronisation of the lane's stream.
  Result<void> filter(Lane& lane, const FrameBatch& batch, const FilteredImages& out) const;
  // Images of line_rows x line_columns, one after the other.
  Result<const float*> line_images(Lane& lane, const FrameBatch& batch) const;

  // Queued behind the launches; read after the synchronisation.
  Result<void> download_tally(Lane& lane) const;
  std::span<const FrameTally> tally(const Lane& lane) const;
  recon::ProcessCounts counts(const FrameTally& tally, bool tapered) const;

 private:
  FramePipeline(Device& device, const recon::ProcessDesc& desc);
  Result<RawFrames> raw_frames(Lane& lane, const FrameBatch& batch) const;
  Result<const float*> transmissions(Lane& lane, const FrameBatch& batch,
                                     const RawFrames& raw) const;
  Result<void> retrieve_phase(Lane& lane, float* image) const;
  Result<const float*> straightened(Lane& lane, const FrameBatch& batch, const float* lines) const;
  std::size_t upright_pixels() const;
  std::size_t line_pixels() const;
  std::size_t redundancy_bytes(int frames) const;
  FrameTally* tally_on_card(Lane& lane) const { return lane.numbers.as<FrameTally>(); }

  Device& device_;
  const recon::ProcessDesc desc_;
  const recon::ProcessingPlan plan_;
  const recon::Transmission transmission_;
  const recon::TruncationJudge judge_;
  std::size_t raw_bytes_ = 0, raw_stride_ = 0;  // of a frame
  bool staged_ = false, fused_ = false;
  int frames_per_batch_ = 1;
  std::unique_ptr<DetectorTables> tables_;
  std::unique_ptr<RowStage> rows_;
};

}  // namespace slicecast::cuda
