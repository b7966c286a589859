// SPDX-License-Identifier: Apache-2.0
#include "model/base/text.h"

#include <gtest/gtest.h>

namespace pspnic::base {
namespace {

TEST(Printable, KeepsTextOfAnyLanguage) {
  for (const char* text : {"", "tx queue 3\n\tdescriptor 7", "Prüfsumme", "密钥", "🔒"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(printable("a\rb\x7f"), "a\\x0db\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J");  // CSI as one character
}

TEST(Printable, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("\xf4"), "\\xf4");
  EXPECT_EQ(printable("M\xf4to"), "M\\xf4to");
  EXPECT_EQ(printable("\xc3"), "\\xc3") << "cut";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "longer than needed";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half of a surrogate pair";
  EXPECT_EQ(printable("\xe5\xaf"
                      "x"),
            "\\xe5\\xafx");
}

TEST(XmlEscaped, LeavesNothingThatXmlReads) {
  EXPECT_EQ(xml_escaped("a<b>&\"c\"\n\t\x1b"), "a&lt;b&gt;&amp;&quot;c&quot;&#10;&#9;\\x1b");
  EXPECT_EQ(xml_escaped("ü"), "ü");
}

}  // namespace
}  // namespace pspnic::base
