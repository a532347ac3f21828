using Litre.Evaluation.Metrics;

namespace Litre.Training.Tests.Evaluation;

public sealed class MetricTests
{
    private static readonly string[] Dishes = ["红烧肉", "宫保鸡丁", "鸡丁", "Apple pie"];

    [Theory]
    [InlineData("B", 1)]
    [InlineData("b", 1)]
    [InlineData("B.", 1)]
    [InlineData("(B)", 1)]
    [InlineData("（Ｂ）", 1)]
    [InlineData("B. 宫保鸡丁", 1)]
    [InlineData("B、宫保鸡丁", 1)]
    [InlineData("**B**", 1)]
    [InlineData("**B**: 宫保鸡丁", 1)]
    [InlineData("答案是B", 1)]
    [InlineData("答案：B。", 1)]
    [InlineData("正确答案应该是（B）", 1)]
    [InlineData("我选择 B", 1)]
    [InlineData("选项A是红烧肉，不对，所以答案是B", 1)]
    [InlineData("The answer is (B).", 1)]
    [InlineData("Answer: B", 1)]
    [InlineData("I would select B because A is pork", 1)]
    [InlineData("The correct option is B", 1)]
    [InlineData("宫保鸡丁", 1)]
    [InlineData("图中是宫保鸡丁。", 1)]
    [InlineData("这是鸡丁", 2)]
    [InlineData("apple pie.", 3)]
    [InlineData("A dish called Apple pie", 3)]
    [InlineData("I see A or B", 0)]
    [InlineData("It must be C, I think", 2)]
    [InlineData("I think C looks right", 2)]
    [InlineData("E", null)]
    [InlineData("", null)]
    [InlineData("I do not know", null)]
    [InlineData("A dish of pork", null)]
    [InlineData("Don't", null)]
    public void MultipleChoice_Phrasings_AreReadAsMeant(string answer, int? chosen) =>
        Assert.Equal(chosen, MultipleChoice.Chosen(answer, Dishes));

    [Fact]
    public void MultipleChoice_LetterOrText_CountsAgainstEitherReference()
    {
        Assert.Equal(1, MultipleChoice.Score("宫保鸡丁", Dishes, ["B", "宫保鸡丁"]));
        Assert.Equal(1, MultipleChoice.Score("答案是B", Dishes, ["宫保鸡丁"]));
        Assert.Equal(0, MultipleChoice.Score("A", Dishes, ["B", "宫保鸡丁"]));
        Assert.Equal(1, MultipleChoice.Score("15", ["5", "15"], ["B", "15"]));
        Assert.Equal(1, MultipleChoice.Score("it is 15", ["5", "15"], ["B", "15"]));
        // Options that are letters themselves: the text decides, not the place.
        Assert.Equal(1, MultipleChoice.Score("A", ["B", "A"], ["B", "A"]) + MultipleChoice.Score("B", ["B", "A"], ["A", "B"]) - 1);
    }

    [Theory]
    [InlineData("２０１４", "2014", 1)]
    [InlineData("  Yes. ", "yes", 1)]
    [InlineData("红烧肉。", "红烧肉", 1)]
    [InlineData("a　b", "A B", 1)]
    [InlineData("2014年", "2014", 0)]
    [InlineData("", "x", 0)]
    public void ExactMatch_WidthCaseAndSpace_DoNotCount(string answer, string reference, double score) =>
        Assert.Equal(score, ExactMatch.Score(answer, [reference]));

    [Theory]
    [InlineData("1:1", "1:10", 0)]
    [InlineData("1 : 10", "1:10", 1)]
    [InlineData("１：１０", "1:10", 1)]
    [InlineData("1∶10。", "1:10", 1)]
    [InlineData("20", "21", 0)]
    [InlineData("20 pieces", "21 pieces", 0)]
    [InlineData("21", "21 pieces", 0)] // a unit that is asked for counts
    [InlineData("21.", "21", 1)]
    [InlineData("21.0", "21", 0)] // the digits say how exact it is
    [InlineData("1,234", "1234", 1)]
    [InlineData("1,234,567.5", "1234567.5", 1)]
    [InlineData("1 234", "1234", 1)]
    [InlineData("1 234", "1234", 0)]
    [InlineData("1,234", "1.234", 0)]
    [InlineData("0,125", "0125", 0)]
    [InlineData("1,23", "123", 0)]
    [InlineData("3,5", "3.5", 0)]
    [InlineData("3,5", "35", 0)]
    [InlineData("1, 234", "1234", 0)]
    [InlineData("1、2、3", "1, 2, 3", 1)]
    [InlineData("20 mm", "20mm", 1)]
    [InlineData("20㎜", "20 mm", 1)]
    [InlineData("20 cm", "20 mm", 0)]
    [InlineData("25℃", "25 °C", 1)]
    [InlineData("50%", "50 %", 1)]
    [InlineData("50%", "50", 0)]
    [InlineData("10²", "102", 0)]
    [InlineData("10×20", "10 x 20", 1)]
    [InlineData("10*20", "10×20", 1)]
    [InlineData("4×M8", "4 x M8", 1)]
    [InlineData("−5", "-5", 1)]
    [InlineData("-5", "5", 0)]
    [InlineData("3 -5", "3-5", 0)]
    [InlineData("007", "7", 0)]
    [InlineData("GB/T 1804", "gb/t1804", 1)]
    [InlineData("2 10", "210", 0)]
    [InlineData("二十 件", "二十件", 1)]
    [InlineData("共 20 件。", "共20件", 1)]
    [InlineData("“红烧肉”", "红烧肉", 1)]
    [InlineData("**Steel**", "steel", 1)]
    [InlineData("（a）", "(A)", 1)]
    [InlineData("new york", "newyork", 0)]
    [InlineData("U.S.A.", "U.S.A", 1)]
    public void ExactMatch_TrapsOfNotation_AreJudgedAsAReaderWould(string answer, string reference, double score)
    {
        Assert.Equal(score, ExactMatch.Score(answer, [reference]));
        Assert.Equal(score, ExactMatch.Score(reference, [answer]));
    }

    [Theory]
    [InlineData("21", true)]
    [InlineData("1:10", true)]
    [InlineData("GB/T 1804-2000", true)]
    [InlineData("2024年3月15日 14:30", true)]
    [InlineData("宫保鸡丁", true)]
    [InlineData("a red apple on a table", true)]
    [InlineData("a red apple lies on a table beside a window", false)]
    [InlineData("图中一个红色的苹果放在木头桌子上面", false)]
    [InlineData("The invoice 2024-113 of 3 May amounts to 1,234.50 EUR and is due within 30 days of receipt", false)]
    public void ShortFact_LengthAndDigits_Decide(string reference, bool isShort) =>
        Assert.Equal(isShort, ShortFact.IsShortFact([reference]));

    [Fact]
    public void Similarity_KnownCases_HaveNoThreshold()
    {
        Assert.Equal(1, Similarity.Score("Hello.", ["hello"]));
        Assert.Equal(1.0 / 3, Similarity.Score("abc", ["axy"]), 12);
        Assert.Equal(1, Similarity.Score("", [""]));
    }

    [Fact]
    public void Anls_KnownCases_FollowTheDefinition()
    {
        Assert.Equal(1, Anls.Score("Hello", ["hello"]));
        Assert.Equal(1 - 1.0 / 5, Anls.Score("hallo", ["hello"]), 12);
        Assert.Equal(0.5, Anls.Score("ab", ["ax"]), 12); // the threshold itself counts
        Assert.Equal(0, Anls.Score("abc", ["axy"]));
        Assert.Equal(1, Anls.Score("two", ["one", "two"]));
        Assert.Equal(0, Anls.Score(new string('a', 5000), ["a"]));
    }

    [Theory]
    [InlineData("105", "100", 1)]
    [InlineData("95", "100", 1)]
    [InlineData("21", "20", 1)]
    [InlineData("105.1", "100", 0)]
    [InlineData("-100", "100", 0)]
    [InlineData("-95", "-100", 1)]
    [InlineData("0", "0", 1)]
    [InlineData("0.001", "0", 0)]
    [InlineData("1,234,567", "1234567", 1)]
    [InlineData("$1,200", "1200", 1)]
    [InlineData("50%", "50", 1)]
    [InlineData("0.5", "50%", 1)]
    [InlineData("５０％", "50%", 1)]
    [InlineData("50 %", "50%", 1)]
    [InlineData("1,2", "12", 0)]
    [InlineData("about 100", "100", 0)]
    [InlineData("Yes", "yes", 1)]
    [InlineData("NaN", "100", 0)]
    [InlineData("1e400", "100", 0)]
    public void RelaxedAccuracy_KnownCases_FollowTheDefinition(string answer, string reference, double score) =>
        Assert.Equal(score, RelaxedAccuracy.Score(answer, [reference]));

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("红烧肉", "红烧鱼", 1)]
    [InlineData("😀", "😁", 1)] // one scalar value each, two code units
    [InlineData("same", "same", 0)]
    public void EditDistance_KnownPairs_AreRight(string a, string b, int distance)
    {
        Assert.Equal(distance, EditDistance.Between(a, b));
        Assert.Equal(distance, EditDistance.Between(b, a));
    }

    [Fact]
    public void CharacterErrorRate_NearestReference_WeighsByTheFirst()
    {
        Assert.Equal((0.25, 4), CharacterErrorRate.Score("abcx", ["abcd"]));
        Assert.Equal((0, 2), CharacterErrorRate.Score("abcd", ["xy", "abcd"]));
        Assert.Equal((3, 1), CharacterErrorRate.Score("abc", [""]));
        Assert.Equal((0, 3), CharacterErrorRate.Score(" a\n b ", ["a b"]));
        Assert.Equal(1.0 / 3, CharacterErrorRate.Score("A b", ["a b"]).Rate, 12);
    }

    [Fact]
    public void BoxOverlap_KnownBoxes_AreMatchedOneToOne()
    {
        const string One = """[{"bbox_2d": [0, 0, 100, 100], "label": "cup"}]""";
        const string Half = """```json [{"bbox_2d": [50, 0, 150, 100], "label": "Cup"}] ```""";
        const string Two = """[{"bbox_2d": [0, 0, 100, 100]}, {"bbox_2d": [200, 200, 300, 300]}]""";
        Assert.Equal((1, 1), BoxOverlap.Score(One, One));
        Assert.Equal((1.0 / 3, 0), BoxOverlap.Score(Half, One));
        Assert.Equal((0.5, 0.5), BoxOverlap.Score(One, Two));
        Assert.Equal((0.5, 0.5), BoxOverlap.Score(Two, One)); // naming more does not help
        Assert.Equal((0, 0), BoxOverlap.Score(One.Replace("cup", "plate", StringComparison.Ordinal), One));
        Assert.Equal((0, 0), BoxOverlap.Score("no box", One));
        Assert.Equal((0, 0), BoxOverlap.Score("""{"bbox_2d": [100, 100, 0, 0]}""", One)); // turned round, no area
    }
}
