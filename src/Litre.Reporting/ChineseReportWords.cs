using System.Globalization;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Evaluation.Statistics;

namespace Litre.Reporting;

/// <summary>A report in Chinese.</summary>
internal sealed class ChineseReportWords : ReportWords
{
    public override string Tag => "zh-CN";
    public override string Report => "训练报告";
    public override string Training => "训练过程";
    public override string Loss => "损失";
    public override string LossUnit => "nats / 答案 token";
    public override string EachStep => "训练（每步）";
    public override string Smoothed => "训练（平滑）";
    public override string HeldOut => "验证集";
    public override string UntouchedBase => "基座模型（验证集）";
    public override string LearningRate => "学习率";
    public override string Speed => "训练速度";
    public override string TokensPerSecond => "token / 秒";
    public override string Step => "步数";
    public override string NoValue => "没有有限的数值";
    public override string Answers => "回答示例";
    public override string ShowAll => "全部";
    public override string ShowWrong => "答错";
    public override string ShowBetter => "变好";
    public override string ShowWorse => "变差";
    public override string ShowTruncated => "被截断";
    public override string Expected => "标准答案：";
    public override string Base => "基座";
    public override string Tuned => "微调后";
    public override string Right => "正确";
    public override string Wrong => "错误";
    public override string Truncated => "被截断";
    public override string NoAnswer => "（无输出）";
    public override string AllSamples => "全部样本";
    public override string Results => "评测结果";
    public override string Metric => "指标";
    public override string Samples => "样本数";
    public override string Difference => "差值";
    public override string LowerIsBetter => "越低越好";
    public override string Notes => "运行记录（原文）";
    public override string Settings => "训练配置";

    public override string TableNote =>
        "均值下方为 95% 置信区间（对样本重采样 10,000 次）；样本过少或取值全部相同时不给出区间。↓ 表示越低越好。";

    public override string TestNote =>
        "p 值来自配对符号翻转检验：仅凭偶然出现同样大差异的概率。p < 0.05 才判定为更好或更差。以第一行指标为准；指标较多时，个别差异可能出于偶然。";

    public override string Verdict(RunReport report)
    {
        var evaluation = report.Evaluation is { } result ? Sentence(result) : "";
        if (report.End is not { } end)
            return evaluation.Length > 0 ? evaluation : "没有进行评测。";
        if (end.Failure is { } failure)
            return string.Create(CultureInfo.InvariantCulture, $"训练已发散，在第 {end.LastStep:N0} 步终止。原因与建议（原文）：{failure}");
        if (end.IsWorseThanBase)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"从验证损失看，没有任何一步优于未微调的基座模型：最低为 {LossText(end.BestLoss!.Value)}（第 {end.BestStep:N0} 步），基座为 "
                    + $"{LossText(end.BaseLoss!.Value)}。{evaluation}"
            );
        if (evaluation.Length > 0)
            return evaluation;
        return end is { BestLoss: { } best, BaseLoss: { } baseLoss }
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"未对比基座与微调后的模型；验证损失由 {LossText(baseLoss)} 降至 {LossText(best)}（第 {end.BestStep:N0} 步）。"
            )
            : "没有留出验证数据，无法判断训练效果。";
    }

    public override string Headline(EvaluationResult result)
    {
        if (result.HeadlineParts.Count == 0)
            return "";
        var parts = result.HeadlineParts.Select(p => (Metric: MetricInfo.OfKey(p.Key), p.Value)).ToList();
        if (parts.Count == 1)
            return $"主指标：{Name(parts[0].Metric)}（{Reason(parts[0].Metric)}）。";
        var named = parts.Select(p =>
            string.Create(CultureInfo.InvariantCulture, $"{Name(p.Metric)}（{p.Value:N0} 条，{Reason(p.Metric)}）")
        );
        return $"主指标：综合得分，即{string.Join("、", named)}的平均。";
    }

    public override IReadOnlyList<string> Warnings(RunReport report)
    {
        var warnings = new List<string>();
        if (report.Warnings is { } known)
        {
            if (known.HasFewSteps)
            {
                var warmup =
                    known.WarmupSteps > 0 ? string.Create(CultureInfo.InvariantCulture, $"（其中预热 {known.WarmupSteps:N0} 步）") : "";
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"全程只有 {known.Steps:N0} 步{warmup}，不足以学到东西；请增大 "
                            + $"`epochs` 或 `max-steps`，或减小 `micro-batch-tokens`。"
                    )
                );
            }
            if (known.UnusableRows > 0)
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"有 {known.UnusableRows:N0} 行数据无法使用，已跳过；原因见 `litre data check`。"
                    )
                );
            if (known.LongAnswers > 0)
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"留出样本中有 {known.LongAnswers:N0} 条标准答案超过 `max-new-tokens {known.MaxNewTokens:N0}`（最长 "
                            + $"{known.LongestAnswer:N0} 个 token），生成的回答会被截断；请调大该值。"
                    )
                );
        }
        var held =
            report.Evaluation is { Compared: true } compared ? compared.Samples
            : report.Warnings is { IsCompared: true } w ? w.HeldOut
            : 0;
        if (held > 0 && held < SampleSize.Minimum)
            warnings.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"留出样本只有 {held:N0} 条，无论结果如何都无法证明差异：即使全部变好，p 也只有 {SignFlipTest.SmallestPValue(held):0.000}（需小于 "
                        + $"0.05）。至少留出 {SampleSize.Minimum} 条，最好 100 条以上。"
                )
            );
        if (report.Evaluation is { } result && result.BaseTruncated + result.TunedTruncated > 0)
        {
            var tuned = result.Compared ? string.Create(CultureInfo.InvariantCulture, $"，微调后 {result.TunedTruncated:N0} 条") : "";
            warnings.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"有回答在 `max-new-tokens {result.MaxNewTokens:N0}` 处被截断：基座 {result.BaseTruncated:N0} 条{tuned}，共 "
                        + $"{result.Samples:N0} 条样本。评分按截断后的内容计算，调大该值可能改变得分。"
                )
            );
        }
        return warnings;
    }

    public override string Name(Metric metric) =>
        metric switch
        {
            Evaluation.Metrics.Metric.Score => "综合得分",
            Evaluation.Metrics.Metric.Loss => "损失（nats/token）",
            Evaluation.Metrics.Metric.ExactMatch => "完全匹配率",
            Evaluation.Metrics.Metric.MultipleChoice => "选择题准确率",
            Evaluation.Metrics.Metric.Similarity => "文本相似度",
            Evaluation.Metrics.Metric.Anls => "ANLS",
            Evaluation.Metrics.Metric.RelaxedAccuracy => "宽松准确率（±5%）",
            Evaluation.Metrics.Metric.CharacterErrorRate => "字符错误率",
            Evaluation.Metrics.Metric.BoxAccuracy => "检出率（IoU ≥ 0.5）",
            _ => "检测框 IoU",
        };

    public override string ByKind(GroupKind kind) => kind == GroupKind.Source ? "按数据来源" : "按问题类型";

    public override string Word(Verdict verdict) =>
        verdict switch
        {
            Evaluation.Verdict.Better => "更好",
            Evaluation.Verdict.Worse => "更差",
            _ => "未证明",
        };

    public override string Drawn(int shown, int of, (int Better, int Worse)? change)
    {
        var changed = change is { } c
            ? string.Create(CultureInfo.InvariantCulture, $"；全部样本中 {c.Better:N0} 条变好，{c.Worse:N0} 条变差")
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"从 {of:N0} 条中均匀抽取 {shown:N0} 条{changed}。");
    }

    public override string MoreWrong(int shown, int of) =>
        string.Create(CultureInfo.InvariantCulture, $"其余答错的样本：{of:N0} 条中的 {shown:N0} 条");

    public override string NotFinite(int count, int firstStep) =>
        string.Create(CultureInfo.InvariantCulture, $"有 {count:N0} 步的数值不是有限数，最早在第 {firstStep:N0} 步");

    public override string MoreImages(int count) => string.Create(CultureInfo.InvariantCulture, $"另有 {count:N0} 张图片");

    public override string Mean(Metric metric, double value) => base.Mean(metric, value).Replace(" %", "%", StringComparison.Ordinal);

    public override string Ends(Metric metric, Interval interval, bool signed = false) =>
        base.Ends(metric, interval, signed).Replace(" to ", " ~ ", StringComparison.Ordinal);

    private string Sentence(EvaluationResult result)
    {
        var row = result.DecisiveMetric;
        if (row.Verdict is not { } verdict)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"仅评测了基座模型：{Name(row.Metric)} {Mean(row.Metric, row.Base.Mean)}（{row.Samples:N0} 条样本）。"
            );
        var ends = Ends(row.Metric, row.Difference!, signed: true);
        var unit = row.Metric.IsShare() ? " 个百分点" : "";
        var interval = ends == "–" ? "" : $"，95% 置信区间 {ends}";
        var difference = $"相差 {EvaluationText.Difference(row.Metric, row.Difference!.Mean)}{unit}{interval}";
        var numbers = string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(row.Metric)} {Mean(row.Metric, row.Base.Mean)} → "
                + $"{Mean(row.Metric, row.Tuned!.Mean)}（{difference}），{row.Samples:N0} 条样本，p "
                + $"{(row.PValue < 0.001 ? "" : "= ")}{EvaluationText.PValue(row.PValue!.Value)}。"
        );
        return verdict switch
        {
            Evaluation.Verdict.Better => $"检验表明微调后的模型优于基座模型：{numbers}",
            Evaluation.Verdict.Worse => $"检验表明微调后的模型差于基座模型：{numbers}",
            _ => $"未能证明微调后的模型优于基座模型：{numbers}",
        };
    }

    private static string Reason(Metric metric) =>
        metric switch
        {
            Evaluation.Metrics.Metric.ExactMatch => "标准答案是简短事实",
            Evaluation.Metrics.Metric.Similarity => "标准答案是较长文本",
            Evaluation.Metrics.Metric.BoxIou => "要求给出检测框",
            _ => "要求选择选项",
        };
}
