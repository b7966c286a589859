// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/results.h"

#include <gtest/gtest.h>

#include <sstream>

namespace pspnic::vectors {
namespace {

// Fails the cases whose tag says so.
class FakeThrough : public Through {
 public:
  Failures run(std::span<const Case* const> cases, const Step& step) override {
    Failures failures;
    for (const Case* one : cases) {
      failures.push_back(std::get<Gcm>(one->work).tag[0] == 1 ? "tag, byte 0 of 16\n  <&> more" : "");
      step(failures.size());
    }
    return failures;
  }
};

Case fake_case(const std::string& id, const std::string& group, uint8_t first_of_tag, size_t iv) {
  Gcm gcm;
  gcm.key.resize(16);
  gcm.iv.resize(iv);
  gcm.tag.assign(16, first_of_tag);
  return {id, group, gcm};
}

class Results : public testing::Test {
 protected:
  Results() {
    files_.push_back({"a.rsp",
                      "",
                      "",
                      {fake_case("1", "seal", 0, 12), fake_case("2", "seal", 1, 12),
                       fake_case("3", "open", 0, 8), fake_case("4", "seal", 0, 8)}});
    files_.push_back({"b<.rsp", "", "b<.rsp:1: has no Key", {}});
    FakeThrough through;
    results_ = run_cases(files_, Way::kLibrary, true, through, [this](size_t done) { done_ = done; });
  }
  std::string printed(const std::vector<std::string>& skipped = {}, size_t shown = 1) const {
    std::ostringstream out;
    print_results(out, results_, skipped, shown);
    return out.str();
  }

  std::vector<VectorFile> files_;
  std::vector<FileResult> results_;
  size_t done_ = 0;
};

TEST_F(Results, CountsWhatWasRunAndWhatWasNot) {
  EXPECT_EQ(done_, 2u);
  EXPECT_EQ(count_applicable(files_, Way::kLibrary, true), 2u);
  EXPECT_EQ(count_failures(results_), 2u) << "a case and a damaged file";
  const std::string text = printed();
  EXPECT_NE(text.find("a.rsp\n  seal       2       1       1               1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  open       0       0       0               1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("b<.rsp\n  damaged, not read\n"), std::string::npos) << text;
  EXPECT_NE(text.find("total        2       1       1               2\n"), std::string::npos) << text;
}

TEST_F(Results, SaysReasonsAndTheFirstFailure) {
  const std::string text = printed();
  EXPECT_NE(text.find("       2  IV of 64 bits: PSP's nonce has 96\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Failure 1: a.rsp: 2\ntag, byte 0 of 16\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Damaged: b<.rsp:1: has no Key\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("Skipped"), std::string::npos);
  EXPECT_NE(printed({"c", "d"}).find("Skipped: no vectors, or none by themselves\n  c\n  d\n"),
            std::string::npos);
  EXPECT_EQ(text.find("more failed"), std::string::npos);
  EXPECT_NE(printed({}, 0).find("1 more failed: --show 1 shows all"), std::string::npos);
}

TEST_F(Results, Junit) {
  const std::string xml = junit(results_, {"c&d"}, Way::kLibrary);
  EXPECT_NE(
      xml.find("<testsuite name=\"a.rsp: seal, through library\" tests=\"3\" failures=\"1\" errors=\"0\" "
               "skipped=\"1\">"),
      std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<testcase classname=\"a.rsp\" name=\"1\"/>"), std::string::npos) << xml;
  EXPECT_NE(
      xml.find(
          "name=\"2\"><failure message=\"tag, byte 0 of 16\">tag, byte 0 of 16&#10;  &lt;&amp;&gt; more<"),
      std::string::npos)
      << xml;
  EXPECT_NE(xml.find("name=\"4\"><skipped message=\"IV of 64 bits: PSP's nonce has 96\"/>"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<testcase classname=\"b&lt;.rsp\" name=\"the file\"><error message="),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<testcase classname=\"c&amp;d\" name=\"the file\"><skipped"), std::string::npos) << xml;
}

// Fails, whatever the way, and is not run.
TEST_F(Results, AVectorThatContradictsItself) {
  files_.resize(1);
  files_[0].cases[0].contradiction = "iv says 1, encrypted has 2";
  files_[0].cases[2].contradiction = "tag says 3, encrypted has 4";
  EXPECT_EQ(count_applicable(files_, Way::kLibrary, true), 1u);
  FakeThrough through;
  results_ = run_cases(files_, Way::kLibrary, true, through, [this](size_t done) { done_ = done; });
  EXPECT_EQ(done_, 1u);
  EXPECT_EQ(count_run(results_), 3u);
  EXPECT_EQ(count_failures(results_), 3u);
  EXPECT_EQ(results_[0].cases[0].failure, "iv says 1, encrypted has 2");
  EXPECT_EQ(results_[0].cases[2].not_applicable, "");
}

}  // namespace
}  // namespace pspnic::vectors
