// slicecast-model convert CHECKPOINT --out MODEL.onnx
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "common/config/program.h"
#include "common/nn/graph/model.h"
#include "plugins/segmentation/model/commands.h"

namespace slicecast::model {
namespace {

constexpr const char* kPython = "/usr/bin/python3";  // Debian's own, with python3-torch

// Properties of the model card that the command line can give.
constexpr std::array kProperties{"name",          "licence",     "provenance",
                                 "value_unit",    "classes",     "class_colours",
                                 "pixel_size_mm", "input_scale", "input_shift"};

std::vector<config::Option> options() {
  std::vector<config::Option> all{
      {.name = "out", .default_value = "", .doc = "ONNX file to write"},
      {.name = "border",
       .type = config::Type::choice,
       .default_value = "symmetric",
       .doc = "What the kernels read beyond the image; msd_pytorch's is symmetric",
       .choices = {"symmetric", "reflect", "replicate", "zeros"}},
      {.name = "last",
       .type = config::Type::choice,
       .default_value = "auto",
       .doc = "Behind the last layer; auto: linear if the checkpoint scales its output, else "
              "log_softmax",
       .choices = {"auto", "linear", "softmax", "log_softmax"}},
      {.name = "output_scale",
       .type = config::Type::real,
       .default_value = 1.0,
       .doc = "The answer is multiplied by this"},
  };
  for (const char* property : kProperties)
    all.push_back({.name = property,
                   .default_value = "",
                   .doc = std::string("slicecast.") + property + " of the model card"});
  return all;
}

Result<void> run_script(std::vector<std::string> arguments) {
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  pid_t child = 0;
  if (const int error = posix_spawn(&child, kPython, nullptr, nullptr, words.data(), environ);
      error != 0)
    return Error{Errc::unavailable, std::string(kPython) + " cannot be started (" +
                                        std::strerror(error) + "); install python3-torch"};
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return Error{Errc::io, "the converter's end was missed; try again"};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Error{Errc::malformed, "the checkpoint was not converted; its reader says why above"};
}

Result<void> convert(const std::string& checkpoint, const config::Settings& settings) {
  const std::string out = settings.text("out");
  if (out.empty()) return Error{Errc::invalid_argument, "--out is missing; e.g. --out net.onnx"};
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto script = program.parent_path() / "msd_checkpoint.py";
  if (error || !std::filesystem::exists(script))
    return Error{Errc::not_found, "msd_checkpoint.py is not beside this program; install it there"};
  // Appears under its name only when it is known to be good.
  const std::string fresh = out + ".partial";
  std::vector<std::string> arguments{kPython,
                                     script.string(),
                                     checkpoint,
                                     fresh,
                                     settings.text("border"),
                                     settings.text("last"),
                                     config::to_text(settings.value("output_scale"))};
  for (const char* property : kProperties)
    if (!settings.text(property).empty())
      arguments.push_back(std::string(property) + "=" + settings.text(property));
  if (auto ok = run_script(std::move(arguments)); !ok) {
    std::filesystem::remove(fresh, error);
    return ok;
  }
  const auto model = nn::Model::load(fresh);
  if (!model || model->network() == nullptr) {
    std::filesystem::remove(fresh, error);
    return model ? Error{Errc::unsupported, checkpoint + ": is no MS-D network"} : model.error();
  }
  std::filesystem::rename(fresh, out, error);
  if (error) return Error{Errc::io, out + ": cannot be written; check the folder"};
  std::printf("%s: %zu layers, %zu edges, border %s, output %s\n", out.c_str(),
              model->network()->layers.size(), model->network()->edge_count(),
              nn::msd::to_string(model->network()->border), nn::to_string(model->output_kind()));
  return {};
}

}  // namespace

int run_convert(int argc, const char* const* argv) {
  const auto schema = options();
  const auto parsed = config::parse_command(
      {"slicecast-model convert",
       "Converts a checkpoint of msd_pytorch (networks of width 1) to ONNX; needs python3-torch "
       "and python3-onnx.",
       {{"CHECKPOINT", "PyTorch file"}}},
      schema, argc, argv);
  if (!parsed) return fail("convert", parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (const auto ok = convert(parsed->arguments[0], parsed->settings); !ok)
    return fail("convert", ok.error());
  return 0;
}

}  // namespace slicecast::model
