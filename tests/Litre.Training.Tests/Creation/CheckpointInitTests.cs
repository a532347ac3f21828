using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Data.Tokenization;
using Litre.Export.Creation;
using Litre.Model;
using Litre.Model.Families;
using Litre.Model.Families.Qwen3Vl;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Creation;

public sealed class CheckpointInitTests : IDisposable
{
    private readonly SmallCheckpoint _small = new("moe");

    public CheckpointInitTests() => _small.AddRows("rows.jsonl", 40);

    public void Dispose() => _small.Dispose();

    private string Output => _small.In("new");

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    [InlineData("mixed")]
    public void Run_TokenizerFromData_MakesACheckpointThatTrains(string family)
    {
        var result = Init(s =>
            s with
            {
                Config = Config(family),
                TokenizerFrom = _small.Data,
                Vocabulary = 305,
                MinimumFrequency = 5,
                ShardBytes = 200_000,
            }
        );

        Assert.Equal((305, 305, 305 - 282), (result.Vocabulary, result.Tokens, result.Merges));
        Assert.True(result.Shards > 1);
        var (config, tokenizer) = (ModelConfigs.Load(Output), Tokenizer.Load(Output, Qwen3VlFormat.Instance.Tokens));
        Assert.Equal(305, config.Text.Vocab);
        Assert.Equal(DType.BFloat16, config.DType);
        Assert.Equal((tokenizer.IdOf("<|image_pad|>"), tokenizer.IdOf("<|video_pad|>")), (config.Visual!.Image, config.Visual!.Video));
        Assert.Equal((tokenizer.IdOf("<|vision_start|>"), tokenizer.IdOf("<|vision_end|>")), (config.Visual!.Start, config.Visual!.End));
        Assert.Equal([tokenizer.IdOf("<|im_end|>"), tokenizer.IdOf("<|endoftext|>")], config.EosTokenIds);
        Assert.Equal(tokenizer.IdOf("<|endoftext|>"), config.PadTokenId);
        Assert.Null(ChatTemplate.Load(Qwen3VlFormat.Instance.Chat, Output).Notice);

        var settings = new TuneSettings
        {
            Model = Output,
            Data = new() { Path = _small.Data },
            Output = _small.In("run"),
            Trainable = new() { Full = true },
            Batches = new() { MaxSteps = 2, MicroBatchTokens = 400 },
            Engine = new() { DType = DType.Float32 },
            Optimizer = new() { LearningRate = 1e-3 },
        };
        var (end, observer) = Tuning.SmallRun.Train(settings, resume: false);
        Assert.Equal(TuneEndReason.Finished, end.Reason);
        // Their own deviation, 0.15, makes these models begin less even than most.
        Assert.InRange(observer.Steps[0].Loss, Math.Log(305) - 0.3, Math.Log(305) + 1.5);
    }

    [Fact]
    public void Run_SameSettings_WriteTheSameFiles()
    {
        Init(s => s with { TokenizerFrom = _small.Data, Vocabulary = 300, Seed = 4 });
        Init(s => s with { TokenizerFrom = _small.Data, Vocabulary = 300, Seed = 4, Output = _small.In("again") });
        var names = Directory.EnumerateFiles(Output).Select(f => Path.GetFileName(f)!).Order().ToList();
        Assert.Equal(
            [
                "chat_template.json",
                "config.json",
                "generation_config.json",
                "model.safetensors",
                "preprocessor_config.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "video_preprocessor_config.json",
            ],
            names
        );
        foreach (var name in names)
            Assert.Equal(File.ReadAllBytes(Path.Combine(Output, name)), File.ReadAllBytes(_small.In("again", name)));
    }

    [Fact]
    public void Run_TokenizerTakenOver_KeepsItsFilesAndFollowsItsIds()
    {
        var result = Init(s => s with { Tokenizer = _small.Model, MaximumPixels = 16384, MinimumPixels = 1024 });
        Assert.Equal(504, result.Tokens);
        foreach (var name in (string[])["tokenizer.json", "chat_template.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(_small.Model, name)), File.ReadAllBytes(Path.Combine(Output, name)));
        Assert.Equal(
            (1024, 16384),
            (
                ProcessorOptions.Load(Output, Qwen3VlFormat.Instance.Images!).MinimumPixels,
                ProcessorOptions.Load(Output, Qwen3VlFormat.Instance.Images!).MaximumPixels
            )
        );
        Assert.Equal(Tokenizer.Load(Output, Qwen3VlFormat.Instance.Tokens).IdOf("<|image_pad|>"), ModelConfigs.Load(Output).Visual!.Image);
        Assert.Equal([495 + 1, 494], ModelConfigs.Load(Output).EosTokenIds);
    }

    [Fact]
    public void Run_NoTokenizer_WritesWhatMeasuringNeeds()
    {
        var result = Init(s => s with { DType = DType.Float32 });
        Assert.Equal(0, result.Tokens);
        using var model = ModelFiles.Load(Output, DType.Float32, Device.Cpu);
        Assert.Equal(result.Parameters, model.Parameters.Sum(p => p.Value.Count));
        Assert.False(File.Exists(Path.Combine(Output, "tokenizer.json")));
    }

    [Fact]
    public void Run_RowsLeftOutAndVocabularyNotFull_AreSaid()
    {
        File.AppendAllText(
            Path.Combine(_small.Data, "rows.jsonl"),
            """{"image": "lost.png", "question": "Where?", "answer": "gone"}""" + "\n"
        );
        var notices = new List<string>();
        var result = Init(s => s with { TokenizerFrom = _small.Data, Vocabulary = 5000, Notice = notices.Add });
        Assert.Contains("lost.png", notices[0]);
        Assert.Contains($"{result.Tokens} tokens instead of 5000", notices[1]);
        Assert.Equal(result.Tokens, ModelConfigs.Load(Output).Text.Vocab);
    }

    [Fact]
    public void Recipe_Nano_FitsTwentyFourMebibytes()
    {
        var recipe = Path.Combine(Repository.Root, "recipes", "nano");
        Init(s =>
            s with
            {
                Config = recipe,
                TokenizerFrom = _small.Data,
                Vocabulary = 1024,
                MinimumFrequency = 2,
                MaximumPixels = 65536,
                MinimumPixels = 1024,
            }
        );
        // With all of its 1,024 tokens, though these few texts do not fill them, and its tokenizer beside it.
        Assert.InRange(RandomCheckpoint.CountParameters(ModelConfigs.Load(recipe)) * 2, 20 << 20, 23 << 20);
        using var model = ModelFiles.Load(Output, DType.BFloat16, Device.Cpu);
        var encoder = SampleEncoder.Load(Qwen3VlFormat.Instance, Output);
        using var data = TrainingData.Load(_small.Data, encoder, new SplitOptions(0, 0), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(40, data.Train.Count);
    }

    [Theory]
    [InlineData("--config /nowhere", "no such file")]
    [InlineData("--config DATA", "has no config.json")]
    [InlineData("--config BROKEN", "cannot be read")]
    [InlineData("--config LIST", "has no text_config")]
    [InlineData("--output MODEL", "is not empty")]
    [InlineData("--output MODEL/config.json", "is a file")]
    [InlineData("--output /proc/no/where", "cannot be written")]
    [InlineData("--from DATA --vocabulary 281", "need 282")]
    [InlineData("--from DATA --tokenizer MODEL", "not both")]
    [InlineData("--vocabulary 300", "`vocabulary`: needs `tokenizer-from`")]
    [InlineData("--from /nowhere", "`tokenizer-from /nowhere`: ")]
    [InlineData("--from EMPTY", "no row can be used")]
    [InlineData("--tokenizer /nowhere", "`tokenizer /nowhere`: no such folder")]
    [InlineData("--tokenizer DATA", "tokenizer.json")]
    [InlineData("--config SMALL --tokenizer MODEL", "has 504 tokens, more than the vocab_size of ")]
    [InlineData("--config COARSE --tokenizer MODEL", "patches of 2x16x16")]
    public void Run_BadInput_OneLineAndNothingLeft(string options, string word)
    {
        _small.Write("{\"text_config\": {\"vocab_size\": 1, \"vocab_size\": 2}}", "broken.json");
        _small.Write("[1]", "list.json");
        _small.Write("""{"image": "lost.png", "question": "Where?", "answer": "gone"}""", "empty", "rows.jsonl");
        Edited("small.json", c => c["text_config"]!["vocab_size"] = 500);
        Edited("coarse.json", c => c["vision_config"]!["patch_size"] = 8);
        var before = Directory.EnumerateFileSystemEntries(_small.Folder, "*", SearchOption.AllDirectories).Order().ToList();
        var parts = options.Replace("DATA", _small.Data).Replace("MODEL", _small.Model).Replace("EMPTY", _small.In("empty")).Split(' ');
        var failure = Assert.Throws<InputException>(() =>
            Init(settings =>
            {
                for (var i = 0; i < parts.Length; i += 2)
                {
                    var value = parts[i + 1] switch
                    {
                        "BROKEN" => _small.In("broken.json"),
                        "LIST" => _small.In("list.json"),
                        "SMALL" => _small.In("small.json"),
                        "COARSE" => _small.In("coarse.json"),
                        var v => v,
                    };
                    settings = parts[i] switch
                    {
                        "--config" => settings with { Config = value },
                        "--output" => settings with { Output = value },
                        "--from" => settings with { TokenizerFrom = value },
                        "--tokenizer" => settings with { Tokenizer = value },
                        _ => settings with { Vocabulary = int.Parse(value) },
                    };
                }
                return settings;
            })
        );
        Assert.DoesNotContain('\n', failure.Message);
        Assert.Contains(word, failure.Message);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_small.Folder, "*", SearchOption.AllDirectories).Order());
    }

    private void Edited(string name, Action<JsonNode> edit)
    {
        var root = JsonNode.Parse(File.ReadAllText(Config("moe")))!;
        edit(root);
        _small.Write(root.ToJsonString(new JsonSerializerOptions()), name);
    }

    private static string Config(string family) => Path.Combine(Repository.Reference(family), "model", "config.json");

    private InitResult Init(Func<InitSettings, InitSettings> change) =>
        CheckpointInit.Run(change(new InitSettings { Config = Config("moe"), Output = Output }), TestContext.Current.CancellationToken);
}
