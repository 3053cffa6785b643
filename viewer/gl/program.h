// A linked shader program. UI thread, context current.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "viewer/gl/handle.h"
#include "viewer/model/space.h"

namespace slicecast::viewer::gl {

class Program {
 public:
  // Sources without `#version`, which is put in front. The error is the compiler's log with the
  // name of the program and the stage.
  static Result<Program> create(const std::string& name, std::string_view vertex,
                                std::string_view fragment);

  void use() const { glUseProgram(name_.name()); }
  // Of the program in use. Names that the compiler removed are ignored.
  void set(const char* uniform, int value);
  void set(const char* uniform, float value);
  void set(const char* uniform, float x, float y);
  void set(const char* uniform, float x, float y, float z);
  void set(const char* uniform, float x, float y, float z, float w);
  void set(const char* uniform, const Vec3& value);
  void set(const char* uniform, const Matrix4& value);

 private:
  GLint location(const char* uniform);
  ProgramName name_;
  std::map<std::string, GLint, std::less<>> locations_;
};

}  // namespace slicecast::viewer::gl
