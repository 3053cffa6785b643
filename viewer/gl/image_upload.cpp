#include "viewer/gl/image_upload.h"

#include <utility>

#include "common/base/clock.h"

namespace slicecast::viewer::gl {
UploadBudget::UploadBudget(double milliseconds)
    : start_ns_(steady_now_ns()), limit_ns_(static_cast<std::int64_t>(1e6 * milliseconds)) {}

bool UploadBudget::spent() const {
  return steady_now_ns() - start_ns_ >= limit_ns_;
}

double UploadBudget::used_ms() const {
  return 1e-6 * static_cast<double>(steady_now_ns() - start_ns_);
}

void ImageUpload::want(SliceVersionPtr image) {
  const bool there = uploading_ ? image == uploading_ : image == shown_;
  waiting_ = there ? nullptr : std::move(image);
}

bool ImageUpload::take_finished() {
  if (!textures_.finished()) return false;
  shown_ = std::exchange(uploading_, nullptr);
  return true;
}

bool ImageUpload::advance(const UploadBudget& budget, UploadThread& thread) {
  const bool before = take_finished();
  begin(budget, thread);
  return take_finished() || before;
}

void ImageUpload::begin(const UploadBudget& budget, UploadThread& thread) {
  if (uploading_ || !waiting_) return;
  uploading_ = std::exchange(waiting_, nullptr);
  const TextureSize size{uploading_->columns(), uploading_->rows()};
  const auto* values = uploading_->pixels->as<float>();
  if (size.bytes() <= kSmallBytes && !budget.spent())
    textures_.write_here(size, values);
  else
    textures_.write(size, values, uploading_, thread);
}

}  // namespace slicecast::viewer::gl
