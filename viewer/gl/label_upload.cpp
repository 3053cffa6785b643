#include "viewer/gl/label_upload.h"

#include <utility>

namespace slicecast::viewer::gl {

void LabelUpload::want(OverlayImagePtr overlay, const std::string& service) {
  const bool there = overlay == (uploading_.overlay ? uploading_ : shown_).overlay;
  waiting_ = there ? Source{} : Source{std::move(overlay), service};
}

void LabelUpload::begin(const UploadBudget& budget, UploadThread& thread) {
  if (uploading_.overlay || !waiting_.overlay) return;
  uploading_ = std::exchange(waiting_, {});
  const OverlayImage& overlay = *uploading_.overlay;
  const bool wide = overlay.header.pixels().type() == v1::UINT16;
  const TextureSize size{overlay.columns(), overlay.rows(), 1, wide ? Texel::u16 : Texel::u8};
  if (size.bytes() <= kSmallBytes && !budget.spent())
    textures_.write_here(size, overlay.pixels->data());
  else
    textures_.write(size, overlay.pixels->data(), uploading_.overlay, thread);
}

bool LabelUpload::take_finished() {
  if (!textures_.finished()) return false;
  shown_ = std::exchange(uploading_, {});
  return true;
}

}  // namespace slicecast::viewer::gl
