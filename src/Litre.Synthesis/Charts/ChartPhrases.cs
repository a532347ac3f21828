using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Charts;

/// <summary>The wording of questions about charts: several variants each, in English and Chinese.</summary>
internal static class ChartPhrases
{
    public static QuestionSpec Value(string series, string category, string answer) =>
        new(
            "value",
            [
                $"What is the value of {series} for {category}?",
                $"How much is {series} for {category}?",
                $"Read off {series} for {category}.",
            ],
            [$"{category}的{series}是多少？", $"请读出{category}对应的{series}数值。", $"图中{category}的{series}数值是几？"],
            answer
        )
        {
            Weight = 8,
        };

    public static QuestionSpec Extreme(string series, bool largest, string answer) =>
        largest
            ? new QuestionSpec(
                "largest",
                [
                    $"For which category is {series} largest?",
                    $"Where is {series} highest?",
                    $"Name the category with the largest {series}.",
                ],
                [$"哪一项的{series}最大？", $"{series}最高的是哪一项？"],
                answer
            )
            {
                Weight = 3,
            }
            : new QuestionSpec(
                "smallest",
                [
                    $"For which category is {series} smallest?",
                    $"Where is {series} lowest?",
                    $"Name the category with the smallest {series}.",
                ],
                [$"哪一项的{series}最小？", $"{series}最低的是哪一项？"],
                answer
            )
            {
                Weight = 3,
            };

    public static QuestionSpec Growth(string series, string from, string to, string unit, string answer)
    {
        var (english, chinese) = unit.Length > 0 ? ($" in {unit}", $"（单位{unit}）") : ("", "");
        return new QuestionSpec(
            "growth",
            [
                $"By how much did {series} change from {from} to {to}{english}? A fall is negative.",
                $"What is the difference of {series} between {from} and {to}{english}, later minus earlier?",
            ],
            [$"从{from}到{to}，{series}变化了多少{chinese}？下降用负数。", $"{series}在{to}比{from}多多少{chinese}？减少用负数。"],
            answer
        )
        {
            Weight = 3,
        };
    }

    public static QuestionSpec Caption(string answer) =>
        new(
            "caption",
            ["What is the caption of this chart?", "Which title does the chart have?", "Give the caption as it is written."],
            ["这张图的标题是什么？", "请照原文写出图的标题。"],
            answer
        )
        {
            Weight = 2,
        };

    public static QuestionSpec Count(string answer) =>
        new(
            "category_count",
            ["How many categories are shown?", "For how many categories are values given?"],
            ["图中有几个类别？", "一共给出了几项？"],
            answer
        )
        {
            Weight = 1,
        };

    public static QuestionSpec Box(string category, string answer) =>
        new(
            "box",
            [$"Where is the bar of {category}? Answer with its bounding box.", $"Locate the bar of {category} with a box."],
            [$"{category}的条形在哪里？请用边界框回答。", $"请用框标出{category}的条形。"],
            answer
        )
        {
            Weight = 2,
        };

    public static QuestionSpec Transcribe(bool several, string answer) =>
        several
            ? new QuestionSpec(
                "transcribe",
                ["Write out the table, one line a row.", "Transcribe all values of the table, one row a line."],
                ["请逐行抄录表格中的数值。", "请写出表格的全部数值，每行一项。"],
                answer
            )
            : new QuestionSpec(
                "transcribe",
                ["List all values, one category a line.", "Write out every category with its value."],
                ["请逐行列出各项的数值。", "请写出每个类别及其数值，每行一个。"],
                answer
            );
}
