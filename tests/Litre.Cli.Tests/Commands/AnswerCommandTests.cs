using System.Text;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Core;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class AnswerCommandTests
{
    [Fact]
    public void Ask_StreamedAndAsJson_GiveTheSameAnswerAndTheAdapterAnother()
    {
        using var work = new SmallCheckpoint();
        string[] ask =
        [
            "ask",
            "--model",
            work.Model,
            "--image",
            work.Image,
            "--image",
            work.Image,
            "--max-new-tokens",
            "12",
            "--device",
            "cpu",
            "What?",
        ];
        var shown = LitreProcess.Run(ask);
        Assert.Equal(ExitCode.Success, shown.ExitCode);
        Assert.Matches("^the answer was cut off at --max-new-tokens 12; [^\n]+\n$", shown.Error);
        var json = JsonDocument.Parse(LitreProcess.Run([.. ask, "--json"]).Output).RootElement;
        var answer = json.GetProperty("answer").GetString()!;
        Assert.Equal(VisibleText.Of(answer).Trim(), shown.Output.Trim());
        Assert.Equal(12, json.GetProperty("new_tokens").GetInt32());
        var tuned = LitreProcess.Run([.. ask, "--json", "--adapter", work.Adapter]);
        Assert.NotEqual(answer, JsonDocument.Parse(tuned.Output).RootElement.GetProperty("answer").GetString());
    }

    [Fact]
    public void Ask_FolderOfFrames_IsAVideo()
    {
        using var work = new SmallCheckpoint();
        for (var i = 0; i < 4; i++)
            work.AddImage("frames", $"{i}.png");
        var litre = LitreProcess.Run(
            "ask",
            "--model",
            work.Model,
            "--video",
            work.In("frames"),
            "--max-new-tokens",
            "3",
            "--device",
            "cpu",
            "What?"
        );
        Assert.Equal(ExitCode.Success, litre.ExitCode);
    }

    [Fact]
    public void Chat_SecondTurn_DependsOnTheFirstUntilCleared()
    {
        using var work = new SmallCheckpoint();
        string[] chat = ["chat", "--model", work.Model, "--max-new-tokens", "10", "--device", "cpu"];
        var alone = Talk(chat, "second\n");
        var after = Talk(chat, $"/image {work.Image}\nfirst question\nsecond\n/clear\nsecond\n/image /nowhere.png\n/what\n/exit\nnever\n");
        Assert.Equal(ExitCode.Success, after.ExitCode);
        Assert.EndsWith(alone.Output, after.Output);
        Assert.NotEqual(alone.Output + alone.Output, after.Output[^Math.Min(after.Output.Length, 2 * alone.Output.Length)..]);
        Assert.Contains("/nowhere.png", after.Error);
        Assert.Contains("/what", after.Error);
        var remarks = after
            .Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => !l.StartsWith("the answer was cut off at --max-new-tokens 10", StringComparison.Ordinal));
        Assert.Equal(2, remarks.Count());
    }

    [Fact]
    public void Batch_FolderWithDamagedImages_HasARowForEachInOrder()
    {
        using var work = WriteImages();
        var litre = Batch(work);
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        var rows = Rows(work);
        Assert.Equal(
            ["a_1.png", "a_2.png", "a_3.png", "a_10.png", Path.Combine("sub", "图.png")],
            rows.Select(r => r.GetProperty("image").GetString())
        );
        Assert.Contains("a_3.png", rows[2].GetProperty("error").GetString());
        Assert.All(rows.Where((_, i) => i != 2), r => Assert.True(r.TryGetProperty("answer", out _)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(90)]
    [InlineData(200)]
    public void Batch_OutputCutAnywhere_GoesOnToTheSameFile(int bytesLost)
    {
        using var work = WriteImages();
        Batch(work);
        var whole = File.ReadAllBytes(work.In("out.jsonl"));
        File.WriteAllBytes(work.In("out.jsonl"), whole[..Math.Max(0, whole.Length - bytesLost)]);

        Assert.Equal(ExitCode.Success, Batch(work).ExitCode);

        Assert.Equal(Encoding.UTF8.GetString(whole), File.ReadAllText(work.In("out.jsonl")));
        var again = Batch(work);
        Assert.Contains("skipping 5 of 5 images: already in ", again.Error);
    }

    [Fact]
    public void Batch_OutputOfAnotherPrompt_IsLeftAlone()
    {
        using var work = WriteImages();
        work.Write("{\"image\":\"a_1.png\",\"prompt\":\"else\",\"answer\":\"x\"}\n{\"image", "out.jsonl");
        var before = File.ReadAllText(work.In("out.jsonl"));
        var litre = Batch(work);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains("another prompt", litre.Error);
        Assert.Equal(before, File.ReadAllText(work.In("out.jsonl")));
    }

    [Theory]
    [InlineData("ask --model MODEL --image /nowhere.png x", "/nowhere.png")]
    [InlineData("ask --model MODEL --video /nowhere.mp4 x", "/nowhere.mp4")]
    [InlineData("ask --model /nowhere x", "/nowhere")]
    [InlineData("ask --model MODEL --adapter /nowhere x", "--adapter /nowhere")]
    [InlineData("ask --model MODEL --top-p 0 x", "--top-p")]
    [InlineData("ask --model MODEL --temperature -1 x", "--temperature")]
    [InlineData("ask --model MODEL --max-new-tokens 0 x", "--max-new-tokens")]
    [InlineData("ask --model MODEL --min-p 2 x", "--min-p 2: expected")]
    [InlineData("ask --model MODEL --repetition-penalty 0 x", "--repetition-penalty 0: expected")]
    [InlineData("ask --model MODEL --presence-penalty 3 x", "--presence-penalty 3: expected")]
    [InlineData("ask --model MODEL --frequency-penalty 3 x", "--frequency-penalty 3: expected")]
    [InlineData("ask --model MODEL --json-schema /nowhere.json x", "--json-schema /nowhere.json: cannot be read")]
    [InlineData("ask --model MODEL --json-schema SCHEMA x", "--json-schema: #/properties/a: 'not' is not supported")]
    [InlineData("ask --model MODEL --regex (?<=a)b x", "--regex (?<=a)b: look-behind is not supported")]
    [InlineData("ask --model MODEL --regex a --json-object x", "exclude each other")]
    [InlineData("chat --model MODEL --json-schema SCHEMA", "--json-schema: #/properties/a")]
    [InlineData("batch --model MODEL --images PICTURES --prompt x --output OUT --json-schema SCHEMA", "--json-schema: #/properties/a")]
    [InlineData("ask --model MODEL --max-pixels 1 x", "--max-pixels 1: expected")]
    [InlineData("ask --model MODEL --min-pixels 5000 --max-pixels 2000 x", "--max-pixels 2000: expected 5000 to")]
    [InlineData("ask --model MODEL --device meta x", "meta")]
    [InlineData("ask --model MODEL", "Required argument")]
    [InlineData("chat", "--model")]
    [InlineData("chat --model /nowhere", "/nowhere")]
    [InlineData("batch --model MODEL --images /nowhere --prompt x --output OUT", "/nowhere")]
    [InlineData("batch --model MODEL --images MODEL --prompt x --output OUT", "no images")]
    [InlineData("batch --model MODEL --images PICTURES --prompt x --output PICTURES", "is a folder")]
    [InlineData("batch --model MODEL --images PICTURES --prompt x --output OUT --tokens-at-once 0", "--tokens-at-once")]
    public void Answering_BadInput_OneLineAndExitCodeTwo(string arguments, string word)
    {
        using var work = new SmallCheckpoint();
        work.AddImage("pictures", "1.png");
        work.Write("""{"properties":{"a":{"not":{}}}}""", "schema.json");
        var litre = LitreProcess.Run([
            .. arguments
                .Split(' ')
                .Select(a =>
                    a switch
                    {
                        "MODEL" => work.Model,
                        "PICTURES" => work.In("pictures"),
                        "OUT" => work.In("out.jsonl"),
                        "SCHEMA" => work.In("schema.json"),
                        _ => a,
                    }
                ),
        ]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(word, litre.Error);
    }

    [Fact]
    public void Ask_SystemPrompt_ChangesTheAnswer()
    {
        using var work = new SmallCheckpoint();
        string[] ask = ["ask", "--model", work.Model, "--max-new-tokens", "12", "--device", "cpu", "What?"];
        var (without, with) = (LitreProcess.Run(ask), LitreProcess.Run([.. ask, "--system", "Answer with a number."]));
        Assert.Equal((ExitCode.Success, ExitCode.Success), (without.ExitCode, with.ExitCode));
        Assert.NotEqual(without.Output, with.Output);
        Assert.Contains("--system is empty", LitreProcess.Run([.. ask, "--system", " "]).Error);
    }

    [Fact]
    public void Batch_AnotherSystemPrompt_IsNotMixedIntoTheFile()
    {
        using var work = WriteImages();
        Assert.Equal(ExitCode.Success, Batch(work, "--system", "Answer with a number.").ExitCode);
        Assert.All(Rows(work), r => Assert.Equal("Answer with a number.", r.GetProperty("system").GetString()));
        var other = Batch(work);
        Assert.Equal(ExitCode.BadInput, other.ExitCode);
        Assert.Contains("with another system prompt ('Answer with a number.')", other.Error);
        Assert.Contains("already in", Batch(work, "--system", "Answer with a number.").Error);
    }

    [Fact]
    public void Ask_GenerationConfig_IsUsedIfItIsAskedFor()
    {
        using var work = new SmallCheckpoint();
        work.Write("""{"do_sample":true,"temperature":5.0,"max_new_tokens":7}""", "model", "generation_config.json");
        string[] ask = ["ask", "--model", work.Model, "--device", "cpu", "--json", "--max-new-tokens", "12", "What?"];
        var greedy = LitreProcess.Run(ask).Output;
        Assert.NotEqual(Answer(greedy), Answer(LitreProcess.Run([.. ask, "--generation-config"]).Output));
        Assert.Equal(Answer(greedy), Answer(LitreProcess.Run([.. ask, "--generation-config", "--temperature", "0"]).Output));
        work.Write("""{"do_sample":true,"top_p":2}""", "model", "generation_config.json");
        var damaged = LitreProcess.Run([.. ask, "--generation-config"]);
        Assert.Equal(ExitCode.BadInput, damaged.ExitCode);
        Assert.Contains("generation_config.json: top_p: 2: expected a number above 0", damaged.Error);

        static string Answer(string json) => JsonDocument.Parse(json).RootElement.GetProperty("answer").GetString()!;
    }

    // No cache is made for tokens that the model has no positions for.
    [Fact]
    public void Ask_MoreNewTokensThanPositions_Answers()
    {
        using var work = WriteImages();
        var litre = LitreProcess.Run("ask", "--model", work.Model, "--device", "cpu", "--max-new-tokens", "2000000000", "What?");
        Assert.Equal((ExitCode.Success, ""), (litre.ExitCode, litre.Error));
    }

    private static SmallCheckpoint WriteImages()
    {
        var work = new SmallCheckpoint();
        foreach (var name in (string[])["a_1.png", "a_2.png", "a_10.png"])
            work.AddImage("pictures", name);
        work.AddImage("pictures", "sub", "图.png");
        // Cut behind its header: it looks well until it is decoded.
        var bytes = File.ReadAllBytes(work.Image);
        File.WriteAllBytes(work.In("pictures", "a_3.png"), bytes[..(bytes.Length / 2)]);
        return work;
    }

    private static LitreProcess Batch(SmallCheckpoint work, params string[] more) =>
        LitreProcess.Run([
            "batch",
            "--model",
            work.Model,
            "--images",
            work.In("pictures"),
            "--prompt",
            "描述",
            "--output",
            work.In("out.jsonl"),
            "--max-new-tokens",
            "5",
            "--device",
            "cpu",
            .. more,
        ]);

    private static List<JsonElement> Rows(SmallCheckpoint work) =>
        [.. File.ReadAllLines(work.In("out.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)];

    private static LitreProcess Talk(string[] arguments, string input) => LitreProcess.RunSaying(input, arguments);
}
