#include "viewer/gl/mesh_upload.h"

#include <algorithm>
#include <array>
#include <utility>

namespace slicecast::viewer::gl {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

struct Part {
  const Buffer* buffer;
  const void* values;
  std::size_t bytes;
};

template <class Element>
Part part_of(const Buffer& buffer, const std::vector<Element>& elements) {
  return {&buffer, elements.data(), elements.size() * sizeof(Element)};
}

std::array<Part, 3> parts_of(const MeshBuffers& buffers, const Mesh& mesh) {
  return {part_of(buffers.positions, mesh.positions), part_of(buffers.normals, mesh.normals),
          part_of(buffers.indices, mesh.triangles)};
}

}  // namespace

void MeshUpload::want(std::shared_ptr<const Mesh> mesh) {
  wanted_ = std::move(mesh);
}

void MeshUpload::begin() {
  writing_ = wanted_;
  copied_ = 0;
  back_ = {Buffer::make(), Buffer::make(), Buffer::make(), 0};
  for (const Part& part : parts_of(back_, *writing_)) {
    // Not the target of indices, which belongs to whatever vertex array is bound.
    glBindBuffer(GL_COPY_WRITE_BUFFER, part.buffer->name());
    glBufferData(GL_COPY_WRITE_BUFFER, static_cast<GLsizeiptr>(part.bytes), nullptr,
                 GL_STATIC_DRAW);
  }
}

bool MeshUpload::copy_piece() {
  std::size_t before = 0;
  for (const Part& part : parts_of(back_, *writing_)) {
    if (copied_ < before + part.bytes) {
      const std::size_t at = copied_ - before, piece = std::min(kPieceBytes, part.bytes - at);
      glBindBuffer(GL_COPY_WRITE_BUFFER, part.buffer->name());
      glBufferSubData(GL_COPY_WRITE_BUFFER, static_cast<GLintptr>(at),
                      static_cast<GLsizeiptr>(piece),
                      static_cast<const std::byte*>(part.values) + at);
      copied_ += piece;
      return false;
    }
    before += part.bytes;
  }
  return true;
}

bool MeshUpload::advance(const UploadBudget& budget) {
  if (!writing_) {
    if (wanted_ == shown_) return false;
    if (!wanted_ || wanted_->triangles.empty()) {
      shown_ = wanted_;
      front_ = {};
      return true;
    }
    begin();
  }
  do {
    if (!copy_piece()) continue;
    front_ = std::exchange(back_, {});
    front_.count = static_cast<GLsizei>(3 * writing_->triangles.size());
    shown_ = std::exchange(writing_, nullptr);
    return true;
  } while (!budget.spent());
  return false;
}

}  // namespace slicecast::viewer::gl
