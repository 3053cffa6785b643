// Owns one OpenGL object by its name. Make and destroy with its context, or one that shares its
// objects, current.
#pragma once

#include <epoxy/gl.h>

#include <utility>

namespace slicecast::viewer::gl {

template <void (*Generate)(GLuint*), void (*Delete)(GLuint)>
class Handle {
 public:
  Handle() = default;
  static Handle make() {
    Handle handle;
    Generate(&handle.name_);
    return handle;
  }
  ~Handle() {
    if (name_ != 0) Delete(name_);
  }
  Handle(Handle&& other) noexcept : name_(std::exchange(other.name_, 0)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(name_, other.name_);  // the other one deletes what was ours
    return *this;
  }
  GLuint name() const { return name_; }
  explicit operator bool() const { return name_ != 0; }

 private:
  GLuint name_ = 0;
};

inline void generate_texture(GLuint* name) {
  glGenTextures(1, name);
}
inline void delete_texture(GLuint name) {
  glDeleteTextures(1, &name);
}
inline void generate_buffer(GLuint* name) {
  glGenBuffers(1, name);
}
inline void delete_buffer(GLuint name) {
  glDeleteBuffers(1, &name);
}
inline void generate_vertex_array(GLuint* name) {
  glGenVertexArrays(1, name);
}
inline void delete_vertex_array(GLuint name) {
  glDeleteVertexArrays(1, &name);
}
inline void generate_framebuffer(GLuint* name) {
  glGenFramebuffers(1, name);
}
inline void delete_framebuffer(GLuint name) {
  glDeleteFramebuffers(1, &name);
}
inline void generate_program(GLuint* name) {
  *name = glCreateProgram();
}
inline void delete_program(GLuint name) {
  glDeleteProgram(name);
}

using Texture = Handle<generate_texture, delete_texture>;
using Buffer = Handle<generate_buffer, delete_buffer>;
using VertexArray = Handle<generate_vertex_array, delete_vertex_array>;
using FramebufferName = Handle<generate_framebuffer, delete_framebuffer>;
using ProgramName = Handle<generate_program, delete_program>;

}  // namespace slicecast::viewer::gl
