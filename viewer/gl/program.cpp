#include "viewer/gl/program.h"

#include <vector>

namespace slicecast::viewer::gl {
namespace {

constexpr std::string_view kVersion = "#version 410 core\n";

Result<void> compile(GLuint shader, const std::string& name, const char* stage,
                     std::string_view source) {
  const char* parts[] = {kVersion.data(), source.data()};
  const GLint lengths[] = {static_cast<GLint>(kVersion.size()), static_cast<GLint>(source.size())};
  glShaderSource(shader, 2, parts, lengths);
  glCompileShader(shader);
  GLint good = 0;
  glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
  if (good != 0) return {};
  std::vector<char> log(4096);
  glGetShaderInfoLog(shader, static_cast<GLsizei>(log.size()), nullptr, log.data());
  return Error{Errc::unsupported, "the " + std::string(stage) + " shader of '" + name +
                                      "' does not compile with this driver: " + log.data()};
}

}  // namespace

Result<Program> Program::create(const std::string& name, std::string_view vertex,
                                std::string_view fragment) {
  Program program;
  program.name_ = ProgramName::make();
  const GLuint shaders[] = {glCreateShader(GL_VERTEX_SHADER), glCreateShader(GL_FRAGMENT_SHADER)};
  Result<void> compiled = compile(shaders[0], name, "vertex", vertex);
  if (compiled) compiled = compile(shaders[1], name, "fragment", fragment);
  for (const GLuint shader : shaders) glAttachShader(program.name_.name(), shader);
  if (compiled) glLinkProgram(program.name_.name());
  for (const GLuint shader : shaders) {
    glDetachShader(program.name_.name(), shader);
    glDeleteShader(shader);
  }
  if (!compiled) return compiled.error();
  GLint good = 0;
  glGetProgramiv(program.name_.name(), GL_LINK_STATUS, &good);
  if (good != 0) return program;
  std::vector<char> log(4096);
  glGetProgramInfoLog(program.name_.name(), static_cast<GLsizei>(log.size()), nullptr, log.data());
  return Error{Errc::unsupported,
               "the shaders of '" + name + "' do not link with this driver: " + log.data()};
}

GLint Program::location(const char* uniform) {
  const auto known = locations_.find(uniform);
  if (known != locations_.end()) return known->second;
  const GLint found = glGetUniformLocation(name_.name(), uniform);
  locations_.emplace(uniform, found);
  return found;
}

void Program::set(const char* uniform, int value) {
  glUniform1i(location(uniform), value);
}
void Program::set(const char* uniform, float value) {
  glUniform1f(location(uniform), value);
}
void Program::set(const char* uniform, float x, float y) {
  glUniform2f(location(uniform), x, y);
}
void Program::set(const char* uniform, float x, float y, float z) {
  glUniform3f(location(uniform), x, y, z);
}
void Program::set(const char* uniform, float x, float y, float z, float w) {
  glUniform4f(location(uniform), x, y, z, w);
}
void Program::set(const char* uniform, const Vec3& value) {
  set(uniform, static_cast<float>(value.x), static_cast<float>(value.y),
      static_cast<float>(value.z));
}
void Program::set(const char* uniform, const Matrix4& value) {
  glUniformMatrix4fv(location(uniform), 1, GL_FALSE, value.data());
}

}  // namespace slicecast::viewer::gl
