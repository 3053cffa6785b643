#include "cuda/process/frame_pipeline.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/recon/paganin.h"

namespace slicecast::cuda {
namespace {

using recon::Coverage;
using recon::Padding;
using recon::RampFilter;

// What a lane holds besides images: tallies, the factors of air normalisation, Parker weights.
constexpr std::size_t kAirOffset = kMostFrames * sizeof(FrameTally);
constexpr std::size_t kRedundancyOffset = kAirOffset + kMostFrames * sizeof(float);
constexpr std::size_t kLaneBytes = std::size_t{192} << 20;

LaunchShape per_pixel(int columns, int rows, int frames) {
  LaunchShape shape = shape_for(static_cast<std::size_t>(columns), 128);
  shape.blocks_y = static_cast<unsigned>(rows);
  shape.blocks_z = static_cast<unsigned>(frames);
  return shape;
}

}  // namespace

FramePipeline::FramePipeline(Device& device, const recon::ProcessDesc& desc)
    : device_(device),
      desc_(desc),
      plan_(recon::plan_processing(desc_)),
      transmission_(desc_, plan_),
      judge_(desc_, plan_) {
  const recon::PixelParameters& p = desc_.parameters;
  raw_bytes_ = upright_pixels() * size_of(desc_.pixel_type);
  raw_stride_ = (raw_bytes_ + 255) / 256 * 256;
  staged_ = p.zinger_threshold > 0 || p.paganin.delta_beta != 0;
  fused_ = !staged_ && desc_.pixel_type == PixelType::u16 && p.binning == 1 &&
           !plan_.layout.roll_removed;
  std::size_t bytes = raw_stride_ + sizeof(float) * plan_.layout.rows * plan_.layout.columns;
  if (staged_) bytes += 2 * sizeof(float) * upright_pixels();
  if (!fused_) bytes += 2 * sizeof(float) * line_pixels();
  frames_per_batch_ = static_cast<int>(std::clamp<std::size_t>(kLaneBytes / bytes, 1, kMostFrames));
}

Result<std::unique_ptr<FramePipeline>> FramePipeline::make(Device& device,
                                                           const recon::ProcessDesc& desc) {
  std::unique_ptr<FramePipeline> pipeline(new FramePipeline(device, desc));
  auto tables = DetectorTables::make(device, pipeline->desc_, pipeline->plan_);
  if (!tables) return tables.error();
  pipeline->tables_ = std::move(*tables);
  auto rows = RowStage::make(device, pipeline->desc_, pipeline->plan_);
  if (!rows) return rows.error();
  pipeline->rows_ = std::move(*rows);
  return pipeline;
}

std::size_t FramePipeline::upright_pixels() const {
  return static_cast<std::size_t>(plan_.upright.rows) * plan_.upright.columns;
}
std::size_t FramePipeline::line_pixels() const {
  return static_cast<std::size_t>(plan_.layout.line_rows) * plan_.layout.line_columns;
}
std::size_t FramePipeline::redundancy_bytes(int frames) const {
  if (desc_.coverage != Coverage::short_scan) return 0;
  return sizeof(float) * frames * plan_.layout.line_columns;
}

Result<FrameBatch> FramePipeline::upload(Lane& lane, std::span<const RawFrame> frames) const {
  FrameBatch batch;
  batch.frames = static_cast<int>(std::min<std::size_t>(frames.size(), frames_per_batch_));
  const std::size_t raw_bytes = raw_stride_ * batch.frames;
  const std::size_t number_bytes = kRedundancyOffset + redundancy_bytes(batch.frames);
  if (auto ok = lane.staged_raw.reserve(device_, raw_bytes); !ok) return ok.error();
  if (auto ok = lane.raw.reserve(device_, raw_bytes); !ok) return ok.error();
  if (auto ok = lane.staged_numbers.reserve(device_, number_bytes); !ok) return ok.error();
  if (auto ok = lane.numbers.reserve(device_, number_bytes); !ok) return ok.error();

  auto* numbers = lane.staged_numbers.as<unsigned char>();
  std::memset(numbers, 0, kAirOffset);
  auto* air = reinterpret_cast<float*>(numbers + kAirOffset);
  auto* redundancy = reinterpret_cast<float*>(numbers + kRedundancyOffset);
  const bool choose = desc_.parameters.padding == Padding::automatic;
  const bool filters = desc_.parameters.filter != RampFilter::none;
  for (int i = 0; i < batch.frames; ++i) {
    const std::size_t offset = raw_stride_ * i;
    std::memcpy(lane.staged_raw.as<unsigned char>() + offset, frames[i].pixels, raw_bytes_);
    // Frame by frame, so that copies run while the next one is looked at.
    if (auto ok = device_.upload(lane.stream, lane.raw.as<unsigned char>() + offset,
                                 lane.staged_raw.as<unsigned char>() + offset, raw_bytes_);
        !ok)
      return ok.error();
    const double scale = transmission_.air_scale(frames[i].pixels);
    air[i] = static_cast<float>(scale);
    batch.tapered[i] =
        filters && (choose ? judge_.truncated(frames[i].pixels, scale) : plan_.layout.edge_tapered);
    if (desc_.coverage != Coverage::short_scan) continue;
    const auto weights = recon::redundancy_weights(desc_, plan_, frames[i].angle_rad);
    std::transform(weights.begin(), weights.end(), redundancy + i * weights.size(),
                   [](double weight) { return static_cast<float>(weight); });
  }
  if (auto ok =
          device_.upload(lane.stream, lane.numbers.as<unsigned char>(), numbers, number_bytes);
      !ok)
    return ok.error();
  return batch;
}

Result<RawFrames> FramePipeline::raw_frames(Lane& lane, const FrameBatch& batch) const {
  RawFrames raw = tables_->raw;
  raw.pixels = lane.raw.as<unsigned char>();
  raw.frame_bytes = raw_stride_;
  if (desc_.parameters.air.rows != 0)
    raw.air = reinterpret_cast<const float*>(lane.numbers.as<unsigned char>() + kAirOffset);
  if (raw.bad_pixels == 0) return raw;
  const std::size_t patched = sizeof(float) * raw.bad_pixels * batch.frames;
  if (auto ok = lane.patched.reserve(device_, patched); !ok) return ok.error();
  PatchBadPixels patch = tables_->patch;
  patch.raw = raw;
  patch.patched = lane.patched.as<float>();
  if (auto ok = device_.launch(lane.stream, per_pixel(raw.bad_pixels, batch.frames, 1), patch); !ok)
    return ok.error();
  raw.patched = lane.patched.as<float>();
  return raw;
}

Result<const float*> FramePipeline::transmissions(Lane& lane, const FrameBatch& batch,
                                                  const RawFrames& raw) const {
  const std::size_t bytes = sizeof(float) * upright_pixels() * batch.frames;
  if (auto ok = lane.transmissions.reserve(device_, bytes); !ok) return ok.error();
  const int rows = plan_.upright.rows, columns = plan_.upright.columns;
  const LaunchShape shape = per_pixel(columns, rows, batch.frames);
  auto* image = lane.transmissions.as<float>();
  const Transmissions correct{raw, tables_->area, rows, image, tally_on_card(lane)};
  if (auto ok = device_.launch(lane.stream, shape, correct); !ok) return ok.error();
  if (desc_.parameters.zinger_threshold > 0) {
    if (auto ok = lane.cleaned.reserve(device_, bytes); !ok) return ok.error();
    const auto factor = static_cast<float>(1 + desc_.parameters.zinger_threshold);
    const Zingers clean{image,  lane.cleaned.as<float>(), tables_->area, rows, columns,
                        factor, tally_on_card(lane)};
    if (auto ok = device_.launch(lane.stream, shape, clean); !ok) return ok.error();
    image = lane.cleaned.as<float>();
  }
  for (int i = 0; i < batch.frames && desc_.parameters.paganin.delta_beta != 0; ++i)
    if (auto ok = retrieve_phase(lane, image + i * upright_pixels()); !ok) return ok.error();
  return static_cast<const float*>(image);
}

Result<void> FramePipeline::retrieve_phase(Lane& lane, float* image) const {
  const int rows = plan_.upright.rows, columns = plan_.upright.columns;
  const std::size_t spectrum_pixels = std::size_t{2} * rows * (columns + 1);
  if (auto ok = lane.mirrored.reserve(device_, sizeof(float) * 4 * upright_pixels()); !ok)
    return ok;
  if (auto ok = lane.spectrum.reserve(device_, sizeof(Float2) * spectrum_pixels); !ok) return ok;
  if (!lane.image_fourier) {
    auto fourier = make_image_fourier(device_, 2 * rows, 2 * columns);
    if (!fourier) return fourier.error();
    lane.image_fourier = std::move(*fourier);
  }
  auto* mirrored = lane.mirrored.as<float>();
  auto* spectrum = lane.spectrum.as<Float2>();
  const recon::NominalScan& scan = plan_.scan;
  const double pixel = scan.pixel_mm / scan.magnification();
  RetrievePhase phase;
  phase.spectrum = spectrum;
  phase.rows = rows;
  phase.columns = columns;
  phase.row_step = static_cast<float>(recon::mirror_frequency(1, rows, pixel));
  phase.column_step = static_cast<float>(recon::mirror_frequency(1, columns, pixel));
  phase.strength = static_cast<float>(
      recon::paganin_strength(desc_.parameters.paganin, scan.cone, scan.source_axis_mm));
  phase.scale = static_cast<float>(0.25 / static_cast<double>(upright_pixels()));
  const Stream& stream = lane.stream;
  if (auto ok = device_.launch(stream, per_pixel(2 * columns, 2 * rows, 1),
                               MirrorOut{image, mirrored, rows, columns});
      !ok)
    return ok;
  if (auto ok = lane.image_fourier->forward(stream, mirrored, spectrum); !ok) return ok;
  if (auto ok = device_.launch(stream, per_pixel(columns + 1, 2 * rows, 1), phase); !ok) return ok;
  if (auto ok = lane.image_fourier->inverse(stream, spectrum, mirrored); !ok) return ok;
  return device_.launch(stream, per_pixel(columns, rows, 1),
                        MirrorBack{mirrored, image, rows, columns});
}

Result<const float*> FramePipeline::line_images(Lane& lane, const FrameBatch& batch) const {
  auto raw = raw_frames(lane, batch);
  if (!raw) return raw.error();
  LineIntegrals integrate;
  integrate.raw = *raw;
  if (staged_) {
    auto image = transmissions(lane, batch, *raw);
    if (!image) return image.error();
    integrate.transmissions = *image;
  }
  if (auto ok = lane.lines.reserve(device_, sizeof(float) * line_pixels() * batch.frames); !ok)
    return ok.error();
  integrate.upright_rows = plan_.upright.rows;
  integrate.log = tables_->log;
  integrate.area = tables_->area;
  integrate.ring = plan_.layout.roll_removed ? nullptr : tables_->ring;
  integrate.out = lane.lines.as<float>();
  integrate.tally = tally_on_card(lane);
  const LaunchShape shape =
      per_pixel(plan_.layout.line_columns, plan_.layout.line_rows, batch.frames);
  if (auto ok = device_.launch(lane.stream, shape, integrate); !ok) return ok.error();
  const float* lines = lane.lines.as<float>();
  return plan_.layout.roll_removed ? straightened(lane, batch, lines) : lines;
}

Result<const float*> FramePipeline::straightened(Lane& lane, const FrameBatch& batch,
                                                 const float* lines) const {
  if (auto ok = lane.straight.reserve(device_, sizeof(float) * line_pixels() * batch.frames); !ok)
    return ok.error();
  const auto [row, column] = plan_.before_straightening(0, 0);
  const auto [row_down, column_down] = plan_.before_straightening(1, 0);
  const auto [row_right, column_right] = plan_.before_straightening(0, 1);
  const Straighten straighten{.in = lines,
                              .out = lane.straight.as<float>(),
                              .rows = plan_.layout.line_rows,
                              .columns = plan_.layout.line_columns,
                              .row_0 = row,
                              .row_by_row = row_down - row,
                              .row_by_column = row_right - row,
                              .column_0 = column,
                              .column_by_row = column_down - column,
                              .column_by_column = column_right - column,
                              .ring = tables_->ring};
  const LaunchShape shape =
      per_pixel(plan_.layout.line_columns, plan_.layout.line_rows, batch.frames);
  if (auto ok = device_.launch(lane.stream, shape, straighten); !ok) return ok.error();
  return static_cast<const float*>(lane.straight.as<float>());
}

Result<void> FramePipeline::filter(Lane& lane, const FrameBatch& batch,
                                   const FilteredImages& out) const {
  RowInput in = tables_->rows;
  if (fused_) {
    auto raw = raw_frames(lane, batch);
    if (!raw) return raw.error();
    in.raw = *raw;
    in.ring = tables_->ring;
  } else {
    auto lines = line_images(lane, batch);
    if (!lines) return lines.error();
    in.lines = *lines;
  }
  if (desc_.coverage == Coverage::short_scan) {
    in.redundancy =
        reinterpret_cast<const float*>(lane.numbers.as<unsigned char>() + kRedundancyOffset);
    in.redundancy_stride = plan_.layout.line_columns;
  }
  RowOutput rows;
  std::copy(out.first_pixel.begin(), out.first_pixel.end(), rows.image);
  rows.stride = out.stride;
  rows.half = out.half;
  rows.factor = 1.0F / out.scale;
  in.list.rows = plan_.layout.rows;
  // Frames that are continued beyond their edges need longer transforms: a launch of their own.
  for (const bool tapered : {false, true}) {
    in.list.frames = 0;
    for (int i = 0; i < batch.frames; ++i)
      if (batch.tapered[i] == tapered)
        in.list.slot[in.list.frames++] = static_cast<unsigned char>(i);
    if (in.list.frames == 0) continue;
    if (auto ok = rows_->run(lane, in, rows, tapered, tally_on_card(lane)); !ok) return ok;
  }
  return {};
}

Result<void> FramePipeline::download_tally(Lane& lane) const {
  return device_.download(lane.stream, lane.staged_numbers.as<unsigned char>(),
                          lane.numbers.as<unsigned char>(), kAirOffset);
}

std::span<const FrameTally> FramePipeline::tally(const Lane& lane) const {
  return {lane.staged_numbers.as<FrameTally>(), static_cast<std::size_t>(kMostFrames)};
}

recon::ProcessCounts FramePipeline::counts(const FrameTally& tally, bool tapered) const {
  return {.clamped = tally.clamped,
          .zingers = tally.zingers,
          .interpolated = plan_.bad_in_region,
          .edge_tapered = tapered};
}

}  // namespace slicecast::cuda
