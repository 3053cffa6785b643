#include "viewer/app/picture_store.h"

#include <algorithm>

#include "viewer/model/value_overlay.h"

namespace slicecast::viewer {
namespace {

// Of the 4 ms that the UI thread may spend per frame: small images beyond it go to the thread of
// the large ones.
constexpr double kUploadMs = 2;

}  // namespace

bool SlicePicture::overlay_matches() const {
  return wanted.overlay && labels.shown() == wanted.overlay && image.shown() &&
         same_image(image.shown()->header.stamp(), wanted.overlay->input());
}

bool PictureStore::update(Session& session, std::int64_t now_ns) {
  const gl::UploadBudget budget(kUploadMs);
  bool changed = false;
  std::erase_if(slices_, [&](const auto& it) { return session.slices.find(it.first) == nullptr; });
  const auto& slices = session.slices.slices();
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const SceneSlice& slice = slices[(i + turn_) % slices.size()];
    SlicePicture& picture = slices_[slice.id];
    picture.wanted = session.shown(slice.id, now_ns);
    if (!picture.wanted.image || !picture.wanted.image->pixels) continue;
    picture.image.want(picture.wanted.image);
    if (picture.wanted.overlay != picture.labels.shown() && picture.wanted.overlay &&
        !budget.spent())
      changed = picture.labels.set(picture.wanted.overlay) || changed;
    if (!picture.image.advance(budget, uploads_)) continue;
    changed = true;
    ++session.images_shown;
    const SliceVersionPtr& shown = picture.image.shown();
    if (!session.history.frozen())
      session.slices.show(shown->header, shown->rows(), shown->columns());
  }
  ++turn_;
  if (const PreviewFramePtr& preview = session.preview) volume_.want(preview->volume(), preview);
  changed = volume_.advance(uploads_) || changed;
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
  return volume_.busy() || projection_.busy() || uploading();
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
  if (!picture.overlay_matches() || found == session.producers.end()) return std::nullopt;
  const Producer& producer = found->second;
  gl::OverlaySource source{picture.labels.name(), palette(found->first, producer)};
  if (producer.values) {
    const v1::PixelFormat& format = picture.wanted.overlay->header.pixels();
    const ValueLimits limits = producer.limits();
    source.first_step = static_cast<float>((limits.low - format.offset()) / format.scale());
    source.steps = static_cast<float>((limits.high - limits.low) / format.scale());
  }
  return source;
}

}  // namespace slicecast::viewer
