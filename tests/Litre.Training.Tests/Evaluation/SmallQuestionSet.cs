using System.Text.Json;
using Shared;

namespace Litre.Training.Tests.Evaluation;

/// <summary>The small reference model, and a data set of every kind of question beside it.</summary>
internal sealed class SmallQuestionSet : IDisposable
{
    private readonly SmallCheckpoint _small = new();

    public SmallQuestionSet()
    {
        _small.AddImages();
        Write(
            "food.jsonl",
            new
            {
                id = "f1",
                question = "这是什么菜？",
                choices = (string[])["红烧肉", "宫保鸡丁"],
                answer = "1",
                image = "3_64x64.png",
                question_type = "cuisine",
            },
            new
            {
                id = "f2",
                question = "Which is sweet?",
                choices = (string[])["cake", "salt"],
                answer = "A",
                question_type = "flavor",
            }
        );
        Write(
            "chart.jsonl",
            new
            {
                id = "c1",
                question = "How many?",
                answer = "42",
                image = "0_320x240.png",
                question_type = "number",
            },
            new
            {
                id = "c2",
                question = "Which colour?",
                answer = "blue",
                image = "1_333x217.png",
                question_type = "text",
            },
            new
            {
                id = "c3",
                question = "Where is it?",
                answer = """{"bbox_2d": [10, 10, 500, 500]}""",
                image = "3_64x64.png",
                question_type = "box",
            }
        );
    }

    public string Model => _small.Model;

    public string Data => _small.Data;

    public string Adapter => _small.Adapter;

    public void Dispose() => _small.Dispose();

    private void Write(string name, params object[] rows) =>
        _small.Write(string.Concat(rows.Select(r => JsonSerializer.Serialize(r) + "\n")), "data", name);
}
