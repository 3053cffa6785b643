#include "viewer/app/picture_store.h"

#include <algorithm>

#include "viewer/model/value_overlay.h"

namespace slicecast::viewer {
namespace {

// Of the 4 ms that the UI thread may spend per frame: small images beyond it go to the thread of
// the large ones.
constexpr double kUploadMs = 2;

bool goes_with(const OverlayImagePtr& overlay, const SliceVersionPtr& image) {
  return overlay && image && same_image(image->header.stamp(), overlay->input());
}

}  // namespace

OverlayImagePtr SlicePicture::overlay() const {
  const bool drawn = wanted.overlay && labels.service() == wanted.producer &&
                     goes_with(labels.shown(), image.shown());
  return drawn ? labels.shown() : nullptr;
}

bool SlicePicture::take_finished() {
  const bool pair = goes_with(labels.uploading(), image.uploading());
  if (pair && labels.ready() && image.ready()) {
    labels.take_finished();
    return image.take_finished();
  }
  const bool for_later = pair || goes_with(labels.uploading(), image.waiting());
  if (!for_later || goes_with(labels.uploading(), image.shown())) labels.take_finished();
  return !pair && !goes_with(labels.waiting(), image.uploading()) && image.take_finished();
}

bool SlicePicture::advance(const gl::UploadBudget& budget, gl::UploadThread& thread) {
  const bool before = take_finished();
  image.begin(budget, thread);
  labels.begin(budget, thread);
  return take_finished() || before;
}

bool PictureStore::update(Session& session, std::int64_t now_ns) {
  const gl::UploadBudget budget(kUploadMs);
  bool changed = false;
  std::erase_if(slices_, [&](const auto& it) { return session.slices.find(it.first) == nullptr; });
  std::erase_if(palettes_, [&](const auto& it) { return !session.producers.contains(it.first); });
  const auto& slices = session.slices.slices();
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const SceneSlice& slice = slices[(i + turn_) % slices.size()];
    SlicePicture& picture = slices_[slice.id];
    const OverlayImagePtr before = picture.overlay();
    picture.wanted = session.shown(slice.id, now_ns);
    if (!picture.wanted.image || !picture.wanted.image->pixels) continue;
    picture.image.want(picture.wanted.image);
    picture.labels.want(picture.wanted.overlay, picture.wanted.producer);
    const bool replaced = picture.advance(budget, uploads_);
    changed = changed || replaced || picture.overlay() != before;
    if (!replaced) continue;
    ++session.images_shown;
    const SliceVersionPtr& shown = picture.image.shown();
    if (!session.history.frozen())
      session.slices.show(shown->header, shown->rows(), shown->columns());
  }
  ++turn_;
  if (const PreviewFramePtr& preview = session.preview) volume_.want(preview->volume(), preview);
  changed = volume_.advance(uploads_) || changed;
  mesh_.want(session.iso_mesh);
  changed = mesh_.advance(budget) || changed;
  want_projection(session);
  if (projection_.busy()) changed = projection_.advance(budget, uploads_) || changed;
  upload_ms_ = budget.used_ms();
  return changed;
}

void PictureStore::want_projection(const Session& session) {
  if (session.thumbnail == projection_frame_ || !session.thumbnail) return;
  projection_frame_ = session.thumbnail;
  auto image = std::make_shared<SliceVersion>();
  image->format.add_shape(static_cast<std::uint32_t>(projection_frame_->rows));
  image->format.add_shape(static_cast<std::uint32_t>(projection_frame_->columns));
  image->pixels = projection_frame_->pixels;
  projection_.want(std::move(image));
}

bool PictureStore::uploading() const {
  return std::ranges::any_of(slices_, [](const auto& it) { return it.second.image.busy(); });
}

bool PictureStore::busy() const {
  const bool labels =
      std::ranges::any_of(slices_, [](const auto& it) { return it.second.labels.busy(); });
  return volume_.busy() || projection_.busy() || mesh_.busy() || labels || uploading();
}

const SlicePicture* PictureStore::find(const std::string& slice) const {
  const auto found = slices_.find(slice);
  return found == slices_.end() ? nullptr : &found->second;
}

GLuint PictureStore::colours(ColourChoice choice) {
  if (colours_choice_ != choice) {
    colours_.set(colour_table(choice));
    colours_choice_ = choice;
  }
  return colours_.name();
}

GLuint PictureStore::transfer(const TransferCurve& curve) {
  if (transfer_points_ != curve.points()) {
    transfer_.set(curve.table());
    transfer_points_ = curve.points();
  }
  return transfer_.name();
}

GLuint PictureStore::palette(const std::string& name, const Producer& producer) {
  std::array<bool, 256> outline{};
  gl::PaletteTexture& palette = palettes_[name];
  if (producer.values) {
    palette.set(step_palette(producer.colours, producer.style.alpha), outline);
    return palette.name();
  }
  for (const auto& one : producer.style.classes())
    if (one.index < outline.size()) outline[one.index] = one.outline;
  palette.set(producer.style.palette(), outline);
  return palette.name();
}

std::optional<gl::OverlaySource> PictureStore::overlay(const Session& session,
                                                       const SlicePicture& picture) {
  const auto found = session.producers.find(picture.wanted.producer);
  const OverlayImagePtr overlay = picture.overlay();
  if (!overlay || found == session.producers.end()) return std::nullopt;
  const Producer& producer = found->second;
  gl::OverlaySource source{picture.labels.texture(), palette(found->first, producer)};
  if (producer.values) {
    const v1::PixelFormat& format = overlay->header.pixels();
    const ValueLimits limits = producer.limits();
    source.first_step = static_cast<float>((limits.low - format.offset()) / format.scale());
    source.steps = static_cast<float>((limits.high - limits.low) / format.scale());
  }
  return source;
}

}  // namespace slicecast::viewer
