using Litre.Core;
using Litre.Evaluation;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>A few held-out questions with the answers before and after, as examples for the metrics.</summary>
internal static class AnswerSamples
{
    private const int LongestAnswer = 120;

    /// <summary>
    /// Prints some answers, chosen at random rather than by score. Each type of question appears once before any appears
    /// twice.
    /// </summary>
    /// <param name="console">The console to write to.</param>
    /// <param name="result">The evaluation of base and tuned model.</param>
    /// <param name="count">The number of answers.</param>
    /// <param name="seed">The seed of the choice.</param>
    public static void Write(IAnsiConsole console, EvaluationResult result, int count, ulong seed)
    {
        foreach (var answer in Select(result, count, seed))
        {
            var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn(new TableColumn("").NoWrap()).AddColumn("");
            if (answer.Images.Count > 0)
                table.AddRow(answer.Images.Count == 1 ? "image" : "images", Terminal.Escape(string.Join(", ", answer.Images)));
            table.AddRow("question", Terminal.Escape(answer.Question));
            table.AddRow("expected", Text(answer.References.FirstOrDefault()));
            table.AddRow("before", Text(answer.BaseAnswer, answer.BaseTruncated));
            table.AddRow("after", Text(answer.TunedAnswer, answer.TunedTruncated));
            console.Write(table);
        }
    }

    internal static IReadOnlyList<AnswerRecord> Select(EvaluationResult result, int count, ulong seed)
    {
        var answers = result.Answers.Where(a => a.TunedAnswer is not null).ToArray();
        SeededOrder.For(seed, 0).Shuffle(answers);
        // Each type's first answers come before any type's second.
        return
        [
            .. answers
                .GroupBy(a => a.QuestionType)
                .SelectMany(g => g.Select((answer, turn) => (answer, turn)))
                .OrderBy(a => a.turn)
                .Take(count)
                .Select(a => a.answer),
        ];
    }

    private static string Text(string? answer, bool cut = false) =>
        answer is null
            ? ""
            : Terminal.Escape(
                (answer.Length > LongestAnswer ? answer[..LongestAnswer] + "…" : answer) + (cut ? " [cut off at --max-new-tokens]" : "")
            );
}
