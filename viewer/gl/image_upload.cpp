#include "viewer/gl/image_upload.h"

#include <algorithm>
#include <cstring>

#include "common/base/clock.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer::gl {
namespace {

// A quarter of a millisecond to copy, so that the budget is met to a fraction of it.
constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

}  // namespace

UploadBudget::UploadBudget(double milliseconds)
    : start_ns_(steady_now_ns()), limit_ns_(static_cast<std::int64_t>(1e6 * milliseconds)) {}

bool UploadBudget::spent() const {
  return steady_now_ns() - start_ns_ >= limit_ns_;
}

double UploadBudget::used_ms() const {
  return 1e-6 * static_cast<double>(steady_now_ns() - start_ns_);
}

void ImageUpload::want(SliceVersionPtr image) {
  if (image == shown_ && !uploading_) {
    waiting_ = nullptr;
    return;
  }
  if (image == uploading_) {
    waiting_ = nullptr;
    return;
  }
  waiting_ = std::move(image);
}

void ImageUpload::begin() {
  uploading_ = std::move(waiting_);
  waiting_ = nullptr;
  rows_done_ = 0;
  const Size size{uploading_->rows(), uploading_->columns()};
  if (!back_) back_ = Texture::make();
  glBindTexture(GL_TEXTURE_2D, back_.name());
  if (back_size_ == size) return;
  back_size_ = size;
  glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, size.columns, size.rows, 0, GL_RED, GL_FLOAT, nullptr);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

void ImageUpload::copy_rows(int first, int count) {
  const auto columns = static_cast<std::size_t>(uploading_->columns());
  const std::size_t bytes = static_cast<std::size_t>(count) * columns * sizeof(float);
  Buffer& piece = pieces_[static_cast<std::size_t>(next_piece_)];
  next_piece_ = 1 - next_piece_;
  if (!piece) piece = Buffer::make();
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, piece.name());
  // A fresh store each time: the driver may still read the old one.
  glBufferData(GL_PIXEL_UNPACK_BUFFER, static_cast<GLsizeiptr>(bytes), nullptr, GL_STREAM_DRAW);
  void* mapped = glMapBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, static_cast<GLsizeiptr>(bytes),
                                  GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT);
  if (mapped != nullptr) {
    const float* from = uploading_->pixels->as<float>() + static_cast<std::size_t>(first) * columns;
    std::memcpy(mapped, from, bytes);
    glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER);
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, first, static_cast<GLsizei>(columns), count, GL_RED,
                    GL_FLOAT, nullptr);
  }
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
}

bool ImageUpload::advance(const UploadBudget& budget) {
  note_job(Job::drawing);
  bool replaced = false, first_piece = true;
  while (busy() && (first_piece || !budget.spent())) {
    if (!uploading_) begin();
    glBindTexture(GL_TEXTURE_2D, back_.name());
    const std::size_t row_bytes = static_cast<std::size_t>(uploading_->columns()) * sizeof(float);
    const int at_once = std::max(1, static_cast<int>(kPieceBytes / row_bytes));
    const int count = std::min(at_once, uploading_->rows() - rows_done_);
    copy_rows(rows_done_, count);
    rows_done_ += count;
    first_piece = false;
    if (rows_done_ < uploading_->rows()) continue;
    std::swap(front_, back_);
    std::swap(front_size_, back_size_);
    shown_ = std::move(uploading_);
    uploading_ = nullptr;
    replaced = true;
  }
  return replaced;
}

}  // namespace slicecast::viewer::gl
