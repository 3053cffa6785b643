// Copies large images to the graphics card on a named thread of its own, whose OpenGL context
// shares the objects of the window's: the UI thread neither copies nor waits. Rows go through two
// pixel buffer objects in pieces, so that the card takes one while the other is filled.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "viewer/gl/handle.h"

namespace slicecast::viewer::gl {

// Floats are interpolated; class numbers (R8UI, R16UI) cannot be.
enum class Texel : std::uint8_t { f32, u8, u16 };
std::size_t bytes_of(Texel texel);

struct TextureSize {
  int columns = 0, rows = 0, planes = 1;
  Texel texel = Texel::f32;
  std::size_t row_bytes() const { return static_cast<std::size_t>(columns) * bytes_of(texel); }
  std::size_t bytes() const {
    return row_bytes() * static_cast<std::size_t>(rows) * static_cast<std::size_t>(planes);
  }
  friend bool operator==(const TextureSize&, const TextureSize&) = default;
};

// Pixels on their way into a texture. Filled by the UI thread, then only the two flags change.
struct TextureWrite {
  std::shared_ptr<const Texture> texture;
  GLenum target = GL_TEXTURE_2D;  // or GL_TEXTURE_3D
  TextureSize size;
  bool new_storage = false;           // of this size; else the texture has it
  const void* values = nullptr;       // [planes][rows][columns]
  std::shared_ptr<const void> owner;  // of the values
  GLsync readers =
      nullptr;  // drawing up to here may read the texture; deleted by the upload thread
  std::atomic<bool> cancelled{false};  // by the UI thread: nobody wants it any more
  std::atomic<bool> done{false};       // by the upload thread: the card has it whole
};
using TextureWritePtr = std::shared_ptr<TextureWrite>;

// Storage and filtering of the texture that is bound to write.target.
void make_storage(const TextureWrite& write);
// `count` rows from row `first` of one plane into the bound texture, from `values` or from the
// place in the bound pixel buffer.
void write_rows(const TextureWrite& write, int plane, int first, int count, const void* values);

class UploadThread {
 public:
  // `wake` is called after each write, on the upload thread.
  explicit UploadThread(std::function<void()> wake) : wake_(std::move(wake)) {}
  ~UploadThread();  // finishes the piece under way, drops the rest and joins; UI thread
  UploadThread(const UploadThread&) = delete;
  UploadThread& operator=(const UploadThread&) = delete;

  // `enter` makes the shared context current on the thread, `leave` lets it go.
  void start(std::function<void()> enter, std::function<void()> leave);
  // In turn. Whoever submits has at most one write per pair of textures under way, which bounds the
  // queue. UI thread.
  void submit(TextureWritePtr write);
  // Until it is let go, this thread copies nothing; waits for the piece under way. Hold it whenever
  // framebuffers are changed. A precaution: by its source, Mesa's llvmpipe looks from one context
  // at what another draws into, without a lock. UI thread.
  std::unique_lock<std::mutex> hold();

 private:
  void run(const std::stop_token& stop);
  bool perform(TextureWrite& write, const std::stop_token& stop);
  std::unique_lock<std::mutex> turn();
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<TextureWritePtr> waiting_;
  std::mutex copying_;
  std::atomic<bool> hold_wanted_{false};  // the UI thread is next
  std::array<Buffer, 2> pieces_;
  std::jthread thread_;
};

}  // namespace slicecast::viewer::gl
