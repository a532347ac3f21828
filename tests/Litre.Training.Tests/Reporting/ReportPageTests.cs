using System.Text.RegularExpressions;
using Litre.Data.Chat;
using Litre.Data.Samples;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Evaluation.Statistics;
using Litre.Planning;
using Litre.Reporting;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Reporting;

/// <summary>A report's order, escaping, languages and filter.</summary>
public sealed class ReportPageTests
{
    private const string Evil = "<img src=x onerror=alert(1)>\"'&\e[31m";

    [Theory]
    [InlineData(ReportLanguage.En)]
    [InlineData(ReportLanguage.Zh)]
    public void Render_FullReport_BeginsWithTheVerdictThenCurvesAnswersTablesNotesSettings(ReportLanguage language)
    {
        var words = ReportWords.Of(language);
        var page = ReportPage.Render(Report() with { Language = language });
        var places = new[]
        {
            "class=\"verdict better\"",
            "class=\"warning\"",
            "<h1>",
            "<figure class=\"chart\">",
            "class=\"filter\"",
            "<article",
            "<details class=\"more\">",
            $"<h2>{Encoded(words.Results)}</h2>",
            $"<summary>{Encoded(words.ByKind(GroupKind.QuestionType))} (2)</summary>",
            "<summary>Shrunk or tiled</summary>",
            $"<summary>{Encoded(words.Notes)}</summary>",
            $"<summary>{Encoded(words.Settings)}</summary>",
        };
        var found = places.Select(p => page.IndexOf(p, StringComparison.Ordinal)).ToList();
        Assert.All(places.Zip(found), p => Assert.True(p.Second > 0, $"{p.First} is missing"));
        Assert.Equal(found.Order(), found);
        Assert.StartsWith($"<!doctype html>\n<html lang=\"{words.Tag}\">", page);
        IsWellFormed(page);
    }

    [Fact]
    public void Render_HostileTexts_AreEscapedEverywhere()
    {
        var page = ReportPage.Render(
            Report(Evil) with
            {
                Title = Evil,
                Subtitle = Evil,
                Facts = [(Evil, Evil)],
                Settings = [(Evil, Evil)],
                Messages = [Evil],
                Tables =
                [
                    new ReportTable(
                        Evil,
                        [Evil, Evil],
                        [
                            [Evil, Evil],
                        ],
                        Evil
                    ),
                ],
                End = new TuneEnd(TuneEndReason.Diverged, 3, null, null, null) { Failure = Evil },
            }
        );
        Assert.DoesNotContain("<img src=x", page);
        Assert.DoesNotContain('\e', page);
        Assert.True(Regex.Count(page, "&lt;img src=x onerror=alert\\(1\\)&gt;") > 15);
        // Nothing but what the page's own builder wrote.
        Assert.Single(Regex.Matches(page, "<script>"));
        Assert.DoesNotContain(
            Regex.Matches(page, "<img [^>]*>").Select(m => m.Value),
            tag => tag.Contains("onerror", StringComparison.Ordinal)
        );
        IsWellFormed(page);
    }

    [Fact]
    public void Render_Page_LoadsNothingAndLetsOnlyItsOwnScriptRun()
    {
        var page = ReportPage.Render(Report());
        var policy = Regex.Match(page, "http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value;
        Assert.StartsWith("default-src &#39;none&#39;; img-src data:;", policy);
        var script = Regex.Match(page, "<script>(.*)</script>", RegexOptions.Singleline).Groups[1].Value;
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(script)));
        Assert.Contains(
            $"script-src &#39;sha256-{hash.Replace("+", "&#43;", StringComparison.Ordinal)}&#39;",
            policy.Replace("+", "&#43;", StringComparison.Ordinal)
        );
        Assert.DoesNotMatch("https?://", page);
        Assert.All(Regex.Matches(page, "src=\"([^\"]*)\"").Select(m => m.Groups[1].Value), src => Assert.StartsWith("data:image/", src));
    }

    [Fact]
    public void Render_Answers_AreMarkedForTheFilterWithTheirCounts()
    {
        var page = ReportPage.Render(Report());
        var states = Regex.Matches(page, "<article[^>]*data-state=\"([^\"]*)\"").Select(m => m.Groups[1].Value).ToList();
        // Right after wrong; right both times; wrong after right and cut off; wrong both times, shown for being wrong.
        Assert.Equal(["improved", "plain", "wrong worse cut", "wrong"], states);
        foreach (
            var (state, name, count) in ((string, string, int)[])
                [("all", "all", 4), ("wrong", "wrong", 2), ("improved", "improved", 1), ("worse", "got worse", 1), ("cut", "truncated", 1)]
        )
            Assert.Contains(
                $"data-show=\"{state}\" aria-pressed=\"{(state == "all" ? "true" : "false")}\">{name} ({count})</button>",
                page
            );
        // Without a script the buttons would do nothing, so only the script shows them.
        Assert.Contains("<div class=\"filter\" hidden>", page);
        var more = page.IndexOf("<details class=\"more\">", StringComparison.Ordinal);
        Assert.Equal(1, Regex.Count(page[more..page.IndexOf("</details>", more, StringComparison.Ordinal)], "<article"));
    }

    [Fact]
    public void Render_WorseThanTheBase_SaysSoFirstWhateverTheAnswersGained()
    {
        var end = new TuneEnd(TuneEndReason.Finished, 40, "r/checkpoint-40", "r/best", 6.0265) { BestStep = 30, BaseLoss = 3.0567 };
        Assert.Contains(
            "<p class=\"verdict worse\">By held-out loss, no step is as good as the base model: the lowest loss is "
                + "6.0265 (step 30), worse than the base model&#39;s 3.0567. The tuned model is",
            ReportPage.Render(Report() with { End = end })
        );
        Assert.Contains(
            "<p class=\"verdict worse\">从验证损失看，没有任何一步优于未微调的基座模型：最低为 6.0265（第 30 步），基座为 3.0567。",
            Plain(ReportPage.Render(Report() with { End = end, Language = ReportLanguage.Zh }))
        );
        var better = end with { BestLoss = 2.5 };
        Assert.Contains(
            "<p class=\"verdict\">The base and the tuned model were not compared; the held-out loss decreased from "
                + "3.0567 to 2.5000 (step 30).",
            ReportPage.Render(new RunReport { Title = "r", End = better })
        );
    }

    [Fact]
    public void Render_DivergedRun_NamesStepAndSettingAndDrawsWhatIsFinite()
    {
        var page = ReportPage.Render(
            new RunReport
            {
                Title = "run",
                Losses = [new(1, 3), new(2, double.NaN), new(3, double.PositiveInfinity)],
                ValidationLosses = [new(0, 2.5), new(3, double.NaN)],
                End = new TuneEnd(TuneEndReason.Diverged, 3, null, null, null)
                {
                    BaseLoss = 2.5,
                    Failure = "step 3: diverged: `learning-rate 100` is likely too high",
                },
            }
        );
        Assert.Contains(
            "<p class=\"verdict worse\">The run diverged and was stopped: step 3: diverged: <code>learning-rate "
                + "100</code> is likely too high.</p>",
            page
        );
        Assert.Contains("not finite at 2 steps, first at step 2", page);
        Assert.DoesNotContain("NaN", page);
        Assert.Contains("class=\"key base\">base model, held out", page);
        IsWellFormed(page);
    }

    [Fact]
    public void Render_NamesInBackticks_AreCodeInSentencesAndAsTheyAreInAnswers()
    {
        var page = ReportPage.Render(
            Report() with
            {
                Messages = ["raise `max-tokens`, or see `<b>`", "a lone ` stays"],
                Settings = [("`max-tokens`", "1")],
            }
        );
        Assert.Contains(
            "<p class=\"message\">raise <code>max-tokens</code>, or see <code>&lt;b&gt;</code></p><p class=\"message\">a "
                + "lone ` stays</p>",
            page
        );
        Assert.Contains("<td>`max-tokens`</td>", page);
        IsWellFormed(page);
    }

    [Fact]
    public void Render_Verdict_HasNumbersIntervalAndWhatDecides()
    {
        var page = ReportPage.Render(Report());
        Assert.Matches(
            "<p class=\"verdict better\">The tuned model is proven better than the base: exact match 25.0 % → 75.0 % "
                + "on 40 samples \\(difference \\+50.0 points, 95 % interval [^)]+ to [^)]+\\), p [&=]",
            page
        );
        Assert.Contains("The decisive metric is exact match, because the expected answers are short facts.", page);
        var chinese = Plain(ReportPage.Render(Report() with { Language = ReportLanguage.Zh }));
        Assert.Matches(
            "<p class=\"verdict better\">检验表明微调后的模型优于基座模型：完全匹配率 25.0% → 75.0%（相差 \\+50.0 个百分点，95% 置信区间 .* ~ .*），40 条样本，p",
            chinese
        );
        Assert.Contains("主指标：完全匹配率（标准答案是简短事实）。", chinese);
    }

    [Fact]
    public void Render_Warnings_StandBesideTheVerdictInTheReportsLanguage()
    {
        var report = Report() with { Warnings = new RunWarnings(8, 1, 40, 3, 300, 128) { UnusableRows = 1 } };
        var page = ReportPage.Render(report);
        Assert.Contains("<p class=\"warning\">8 steps are too few to learn from, 1 of them warmup", page);
        Assert.Contains(
            "<p class=\"warning\">3 of 40 held-out answers have more tokens than <code>max-new-tokens 128</code> (the longest has 300)",
            page
        );
        Assert.Contains(
            "<p class=\"warning\">Answers truncated at <code>max-new-tokens 128</code>: 0 of 40 of the base model, 10 of "
                + "the tuned model.",
            page
        );
        Assert.Contains("1 row is skipped because of errors; run <code>litre data check</code> to see why.", page);
        var chinese = Plain(ReportPage.Render(report with { Language = ReportLanguage.Zh }));
        Assert.Equal(4, Regex.Count(chinese, "<p class=\"warning\">"));
        Assert.Contains("全程只有 8 步", chinese);
        Assert.Contains("<code>epochs</code> 或 <code>max-steps</code>，或减小 <code>micro-batch-tokens</code>。", chinese);
    }

    [Theory]
    [InlineData("这张图里有几个零件？", "21", ReportLanguage.Zh)]
    [InlineData("图中标注的 M8 螺栓符合 GB/T 5782 吗？", "符合", ReportLanguage.Zh)]
    [InlineData("How many parts are there?", "21 (二十一)", ReportLanguage.En)]
    [InlineData("部品はいくつありますか", "二十一", ReportLanguage.En)]
    public void Language_Auto_FollowsTheMajorityOfTheText(string question, string answer, ReportLanguage language)
    {
        Sample[] samples = [Sample(question, answer), Sample(question, answer), Sample("English words here", "yes")];
        Assert.Equal(language, DataLanguage.Of(ReportLanguage.Auto, samples));
        Assert.Equal(ReportLanguage.En, DataLanguage.Of(ReportLanguage.En, samples));
        Assert.Equal(ReportLanguage.Zh, DataLanguage.Of(ReportLanguage.Zh, samples));
    }

    [Fact]
    public void Words_EveryWord_IsThereInBothLanguages()
    {
        var (english, chinese) = (ReportWords.Of(ReportLanguage.En), ReportWords.Of(ReportLanguage.Zh));
        foreach (var property in typeof(ReportWords).GetProperties().Where(p => p.PropertyType == typeof(string)))
            Assert.False(
                string.IsNullOrWhiteSpace((string?)property.GetValue(english))
                    || string.IsNullOrWhiteSpace((string?)property.GetValue(chinese)),
                property.Name
            );
        foreach (var metric in Enum.GetValues<Metric>())
            Assert.True(metric == Metric.Anls || chinese.Name(metric) != english.Name(metric), metric.ToString());
    }

    private static RunReport Report(string text = "plain")
    {
        // Ten times each: improved, right both times, worse and cut off, wrong both times.
        var answers = Enumerable.Range(0, 40).Select(i => Answer(i, text)).ToList();
        var settings = new EvaluationSettings { Resamples = 200 };
        MetricComparison Row(GroupKind kind, string name, IEnumerable<Observation> values) =>
            MetricComparison.Of(Metric.ExactMatch, kind, name, [.. values], settings);
        Observation[] gains = [.. Enumerable.Range(0, 40).Select(i => new Observation(i % 4 == 1 ? 1 : 0, i % 4 == 3 ? 0 : 1, 1))];
        return new RunReport
        {
            Title = "run",
            Losses = [.. Enumerable.Range(1, 30).Select(i => new ReportPoint(i, 3.0 / i))],
            ValidationLosses = [new(0, 3), new(15, 2), new(30, 1)],
            LearningRates = [new(1, 1e-4), new(30, 0)],
            Evaluation = new EvaluationResult(
                40,
                true,
                [
                    Row(GroupKind.All, "", gains),
                    Row(GroupKind.QuestionType, text + " a", gains[..20]),
                    Row(GroupKind.QuestionType, text + " b", gains[20..]),
                ],
                answers
            )
            {
                Headline = Metric.ExactMatch,
                HeadlineParts = new Dictionary<string, int> { ["exact_match"] = 40 },
                MaxNewTokens = 128,
            },
            Answers =
            [
                .. answers.Take(3).Select(a => new ReportAnswer(a, ["data:image/jpeg;base64,AA=="], text)),
                new ReportAnswer(answers[3], [], "") { IsFurther = true },
            ],
            Tables =
            [
                new ReportTable(
                    "Shrunk or tiled",
                    ["way", "exact match"],
                    [
                        ["shrunk", "70 %"],
                        ["tiled", "80 %"],
                    ]
                ),
            ],
            Messages = [text],
            Settings = [("learning-rate", "1e-4")],
        };
    }

    private static AnswerRecord Answer(int i, string text)
    {
        var (before, after) = (i % 4) switch
        {
            0 => (0.0, 1.0),
            1 => (1, 1),
            2 => (1, 0),
            _ => (0, 0),
        };
        return new AnswerRecord(
            $"{text}-{i}",
            text,
            text,
            [],
            text,
            [text, text],
            text,
            text,
            new Dictionary<string, double> { ["score"] = before },
            new Dictionary<string, double> { ["score"] = after }
        )
        {
            TunedTruncated = i % 4 == 2,
        };
    }

    private static Sample Sample(string question, string answer) =>
        new()
        {
            Id = "1",
            Origin = new SampleOrigin("rows.jsonl", 1),
            Source = "rows.jsonl",
            Messages = [new(Role.User, [ContentPart.OfText(question)]), new(Role.Assistant, [ContentPart.OfText(answer)])],
            References = [answer],
        };

    private static string Encoded(string text) => HtmlBuilder.Escape(text);

    // Chinese characters may be written as numbers.
    private static string Plain(string page) => Regex.Replace(page, "&#(\\d+);", m => char.ConvertFromUtf32(int.Parse(m.Groups[1].Value)));

    private static void IsWellFormed(string page)
    {
        var open = new Stack<string>();
        var body = Regex.Replace(page, "<(script|style)>.*?</\\1>", "", RegexOptions.Singleline);
        foreach (Match tag in Regex.Matches(body, "<(/?)([a-z0-9]+)[^>]*>"))
        {
            if (tag.Groups[2].Value is "meta" or "img")
                continue;
            if (tag.Groups[1].Length == 0)
                open.Push(tag.Groups[2].Value);
            else
                Assert.Equal(open.Pop(), tag.Groups[2].Value);
        }
        Assert.Empty(open);
    }
}
