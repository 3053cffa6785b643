#include "viewer/gl/upload_thread.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/thread_name.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer::gl {
namespace {

// A driver may hold a lock of the shared objects while it takes a piece: no longer than a fraction
// of a millisecond.
constexpr std::size_t kPieceBytes = std::size_t{1} << 19;
constexpr GLuint64 kLookNs = 50'000'000;  // between looks whether anybody still waits

// False: given up.
bool wait_for(GLsync fence, const TextureWrite& write, const std::stop_token& stop) {
  for (;;) {
    const GLenum state = glClientWaitSync(fence, GL_SYNC_FLUSH_COMMANDS_BIT, kLookNs);
    if (state == GL_WAIT_FAILED || write.cancelled || stop.stop_requested()) return false;
    if (state != GL_TIMEOUT_EXPIRED) return true;
  }
}

// `count` rows from row `first` of one plane.
void copy_rows(const TextureWrite& write, int plane, int first, int count, Buffer& piece) {
  const TextureSize& size = write.size;
  const auto bytes = static_cast<GLsizeiptr>(size.row_bytes()) * count;
  if (!piece) piece = Buffer::make();
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, piece.name());
  // A fresh store each time: the driver may still read the old one.
  glBufferData(GL_PIXEL_UNPACK_BUFFER, bytes, nullptr, GL_STREAM_DRAW);
  void* mapped = glMapBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, bytes,
                                  GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT);
  if (mapped == nullptr) return;
  const std::size_t before = static_cast<std::size_t>(plane) * static_cast<std::size_t>(size.rows) +
                             static_cast<std::size_t>(first);
  std::memcpy(mapped, static_cast<const std::byte*>(write.values) + before * size.row_bytes(),
              static_cast<std::size_t>(bytes));
  glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER);
  write_rows(write, plane, first, count, nullptr);
}

struct TexelFormat {
  GLint stored;
  GLenum format, type;
};
TexelFormat format_of(Texel texel) {
  switch (texel) {
    case Texel::u8: return {GL_R8UI, GL_RED_INTEGER, GL_UNSIGNED_BYTE};
    case Texel::u16: return {GL_R16UI, GL_RED_INTEGER, GL_UNSIGNED_SHORT};
    case Texel::f32: break;
  }
  return {GL_R32F, GL_RED, GL_FLOAT};
}

}  // namespace

std::size_t bytes_of(Texel texel) {
  return texel == Texel::f32 ? 4 : texel == Texel::u16 ? 2 : 1;
}

void make_storage(const TextureWrite& write) {
  const GLenum target = write.target;
  const TextureSize& size = write.size;
  const auto [stored, format, type] = format_of(size.texel);
  if (target == GL_TEXTURE_3D)
    glTexImage3D(target, 0, stored, size.columns, size.rows, size.planes, 0, format, type, nullptr);
  else
    glTexImage2D(target, 0, stored, size.columns, size.rows, 0, format, type, nullptr);
  const GLint filter = size.texel == Texel::f32 ? GL_LINEAR : GL_NEAREST;
  glTexParameteri(target, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri(target, GL_TEXTURE_MAG_FILTER, filter);
  for (const GLenum wrap : {GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T, GL_TEXTURE_WRAP_R})
    glTexParameteri(target, wrap, GL_CLAMP_TO_EDGE);
}

void write_rows(const TextureWrite& write, int plane, int first, int count, const void* values) {
  const TextureSize& size = write.size;
  const auto [stored, format, type] = format_of(size.texel);
  glPixelStorei(GL_UNPACK_ALIGNMENT, size.row_bytes() % 4 == 0 ? 4 : 1);
  if (write.target == GL_TEXTURE_3D)
    glTexSubImage3D(GL_TEXTURE_3D, 0, 0, first, plane, size.columns, count, 1, format, type,
                    values);
  else
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, first, size.columns, count, format, type, values);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);  // as everybody else expects it
}

UploadThread::~UploadThread() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void UploadThread::start(std::function<void()> enter, std::function<void()> leave) {
  thread_ = std::jthread(
      [this, enter = std::move(enter), leave = std::move(leave)](const std::stop_token& stop) {
        name_thread("view-upload");
        enter();
        run(stop);
        leave();
      });
}

void UploadThread::submit(TextureWritePtr write) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(write));
  }
  changed_.notify_all();
}

std::unique_lock<std::mutex> UploadThread::hold() {
  hold_wanted_ = true;
  std::unique_lock lock(copying_);
  hold_wanted_ = false;
  hold_wanted_.notify_all();
  return lock;
}

// For one piece. A mutex alone would give it to the same thread over and over.
std::unique_lock<std::mutex> UploadThread::turn() {
  hold_wanted_.wait(true);
  return std::unique_lock(copying_);
}

// False: given up on the way.
bool UploadThread::perform(TextureWrite& write, const std::stop_token& stop) {
  note_job(Job::upload);
  if (const GLsync readers = std::exchange(write.readers, nullptr)) {
    const bool read = wait_for(readers, write, stop);
    glDeleteSync(readers);
    if (!read) return false;
  }
  glBindTexture(write.target, write.texture->name());
  if (write.new_storage) {
    const auto ours = turn();
    make_storage(write);
  }
  const int at_once =
      std::max(1, static_cast<int>(kPieceBytes / std::max<std::size_t>(1, write.size.row_bytes())));
  std::size_t next = 0;
  for (int plane = 0; plane < write.size.planes; ++plane)
    for (int row = 0; row < write.size.rows; row += at_once) {
      if (write.cancelled || stop.stop_requested()) return false;
      const auto ours = turn();
      copy_rows(write, plane, row, std::min(at_once, write.size.rows - row),
                pieces_[next++ % pieces_.size()]);
    }
  glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
  glBindTexture(write.target, 0);
  // Drawing may only read what the card has taken whole.
  const GLsync taken = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
  const bool whole = wait_for(taken, write, stop);
  glDeleteSync(taken);
  return whole;
}

void UploadThread::run(const std::stop_token& stop) {
  for (;;) {
    TextureWritePtr write;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); }) || stop.stop_requested())
        break;
      write = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (!perform(*write, stop)) continue;
    write->done = true;
    wake_();
  }
  // Here, where a context is current, as the last to hold a texture deletes it.
  std::lock_guard lock(mutex_);
  waiting_.clear();
  pieces_ = {};
}

}  // namespace slicecast::viewer::gl
