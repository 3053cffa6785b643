#include "services/source/write_scan.h"

#include <string>

#include "common/ingest/recorded_window.h"
#include "common/io/data_exchange_writer.h"
#include "services/source/scan_options.h"
#include "services/source/source_service.h"

namespace slicecast::source {

using ingest::FrameKind;

Result<std::uint64_t> write_scan(const config::Settings& settings,
                                 const std::function<bool()>& stopping) {
  auto content = make_content(settings);
  if (!content) return content.error();
  auto options = streamer_options(settings, **content, 0);
  if (!options) return options.error();
  if (options->passes == 0) options->passes = 1;

  const ingest::ScanInfo& scan = (*content)->scan();
  io::DataExchangeOptions described;
  described.geometry = scan.geometry;
  described.pixel_type = scan.pixel_type;
  described.already_linear = scan.already_linear;
  described.provenance =
      "slicecast-source, phantom " + scan.title + ", seed " + std::to_string(options->seed);
  described.window = ingest::recorded_window(scan.window);
  auto writer = io::DataExchangeWriter::create(settings.text("write"), described);
  if (!writer) return writer.error();

  std::uint64_t written = 0;
  std::uint64_t ordinal = 0;
  Sequence sequence(plan_of(**content, *options));
  while (const auto step = sequence.next()) {
    const auto* frame = std::get_if<FrameStep>(&*step);
    if (frame == nullptr) continue;
    if (stopping && stopping())
      return Error{Errc::cancelled, settings.text("write") + " is not written: interrupted after " +
                                        std::to_string(written) + " frames"};
    if (frame->kind == FrameKind::projection && is_lost(*options, options->loss, ordinal++))
      continue;
    const auto image = (*content)->image(frame->kind, frame->content);
    if (!image) return image.error();
    const std::span<const std::byte> pixels((*image)->data(), (*image)->size());
    const auto done = frame->kind == FrameKind::dark ? writer->write_dark(pixels)
                      : frame->kind == FrameKind::flat
                          ? writer->write_flat(pixels)
                          : writer->write_projection(frame->id, frame->angle_rad, pixels,
                                                     (*content)->matrix_of(frame->content));
    if (!done) return done.error();
    ++written;
  }
  if (auto finished = writer->finish(); !finished) return finished.error();
  return written;
}

}  // namespace slicecast::source
