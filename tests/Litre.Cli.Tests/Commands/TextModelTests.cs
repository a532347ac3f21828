using System.Globalization;
using System.Text;
using System.Text.Json;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>A model that reads text alone, through the commands that a user would give.</summary>
public sealed class TextModelTests : IDisposable
{
    private static readonly string[] Colors = ["red", "blue", "green", "black"];

    private const string Adapter = """{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["attn.qkv"]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Commands_TextModel_AreMadeTunedAskedAndExported()
    {
        var (config, data, model, run) = (Config(), Rows(), _folder.File("model"), _folder.File("run"));
        Good("init", config, "--tokenizer-from", data, "--vocabulary", "400", "--output", model);
        Assert.False(File.Exists(Path.Combine(model, "preprocessor_config.json")));
        Good("data", "check", data, "--model", model, "--strict");
        Assert.Contains("Fits", Good("plan", "--model", model, "--data", data, "--device", "cpu"));

        string[] tune = ["tune", "--model", model, "--data", data, "--output", run, "--device", "cpu", "--full", "--max-steps", "60"];
        var tuned = Good([.. tune, "--learning-rate", "1e-2", "--micro-batch-tokens", "300", "--eval", "none"]);
        Assert.DoesNotContain("--image", tuned);
        var best = Path.Combine(run, "best");
        Assert.Equal("green", Good("ask", "--model", best, "--device", "cpu", "Part 3 is green. Which color has part 3?").Trim());

        var adapter = _folder.File("adapter");
        Good("tune", "--model", best, "--data", data, "--output", adapter, "--device", "cpu", "--max-steps", "2", "--eval", "none");
        Good(["export", "--model", best, "--adapter", adapter, "--to", "peft", "--output", _folder.File("peft"), "--device", "cpu"]);
        Good("ask", "--model", best, "--adapter", _folder.File("peft"), "--max-new-tokens", "3", "--device", "cpu", "Part 3?");
    }

    [Fact]
    public void Commands_ImagesForATextModel_AreRefusedWithWhatToDo()
    {
        var model = _folder.File("model");
        Good("init", Config(), "--tokenizer-from", Rows(), "--vocabulary", "400", "--output", model);
        var image = Repository.Reference("images", "3_64x64.png");
        var rows = _folder.Write("images.jsonl", $$"""{"image": "{{image}}", "question": "What?", "answer": "a part"}""" + "\n");
        foreach (
            var arguments in (string[][])
                [
                    ["ask", "--model", model, "--device", "cpu", "--image", image, "What?"],
                    ["tune", "--model", model, "--device", "cpu", "--data", rows, "--output", _folder.File("run")],
                    ["data", "check", rows, "--model", model, "--strict"],
                    ["batch", "--model", model, "--images", _folder.Path, "--prompt", "What?", "--output", _folder.File("answers.jsonl")],
                ]
        )
        {
            var litre = LitreProcess.Run(arguments);
            Assert.Equal(ExitCode.BadInput, litre.ExitCode);
            Assert.Matches("read text (alone|only)", litre.Error);
            Assert.Contains("use a vision-language model, or", litre.Error);
        }
        Assert.False(File.Exists(_folder.File("answers.jsonl")));
        var tiled = LitreProcess.Run("tune", "--model", model, "--data", Rows(), "--output", _folder.File("tiled"), "--tile", "64x64");
        Assert.Equal(ExitCode.BadInput, tiled.ExitCode);
        Assert.Contains("--tile", tiled.Error);
        Assert.Contains("read text only", tiled.Error);
    }

    [Theory]
    [InlineData("ask --model MODEL --device cpu --max-pixels 65536 What?", "--max-pixels 65536: ")]
    [InlineData("chat --model MODEL --device cpu --tile 64", "--tile 64: ")]
    [InlineData("data check ROWS --model MODEL --boxes pixels", "--boxes pixels: ")]
    [InlineData("data preview ROWS --model MODEL --html page.html --tile-answers tile", "--tile-answers tile: ")]
    [InlineData("eval --model MODEL --data ROWS --min-pixels 1024", "--min-pixels 1024: ")]
    [InlineData("tune --model MODEL --data ROWS --tile-answers tile", "--tile-answers tile: ")]
    [InlineData("plan --model MODEL --samples 10 --image 64x64", "--image 64x64: ")]
    public void Commands_ImageOptionsForATextModel_AreRefused(string line, string expected)
    {
        // The configuration decides: nothing else of the model is read.
        var model = Path.GetDirectoryName(Config())!;
        var rows = Rows();
        var litre = LitreProcess.Run([
            .. line.Split(' ')
                .Select(w =>
                    w == "MODEL" ? model
                    : w == "ROWS" ? rows
                    : w
                ),
        ]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.StartsWith("litre: " + expected, litre.Error);
        Assert.EndsWith("models read text only; use a vision-language model, or omit the option\n", litre.Error);
    }

    [Theory]
    [InlineData("--full --freeze vision", "--freeze vision: this model has no such part")]
    [InlineData("--full --freeze router", "--freeze router: this model has no such part")]
    [InlineData("--target vision", "--target vision: matches no module of this model")]
    public void Plan_PartsThatATextModelDoesNotHave_AreRefused(string options, string expected)
    {
        var litre = LitreProcess.Run(["plan", "--model", Config(), "--samples", "10", "--device", "cpu", .. options.Split(' ')]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains(expected, litre.Error);
    }

    [Fact]
    public void Plan_AdapterOfAnotherModel_IsNamed()
    {
        var config = _folder.Write("adapter/adapter_config.json", Adapter);
        _folder.Write("adapter/adapter_model.safetensors", "");
        var adapter = Path.GetDirectoryName(config)!;
        var litre = LitreProcess.Run("plan", "--model", Config(), "--samples", "10", "--device", "cpu", "--adapter", adapter);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Equal(
            $"litre: --adapter {adapter}: its target attn.qkv matches no module of this model; use the model that the adapter was "
                + "trained on; if --target was given, omit it\n",
            litre.Error
        );
    }

    [Fact]
    public void Reports_TextModel_DoNotMentionImages()
    {
        var (data, model) = (Rows(), _folder.File("model"));
        var init = Good("init", Config(), "--tokenizer-from", data, "--vocabulary", "400", "--output", model);
        var check = Good("data", "check", data, "--model", model);
        // Other tests' image features are on the disk, which a plan would mention.
        var plan = LitreProcess.RunWith(
            new() { ["LITRE_FEATURES"] = _folder.File("features") },
            ["plan", "--model", model, "--data", data, "--device", "cpu"]
        );
        Assert.True(plan.ExitCode == ExitCode.Success, plan.Error);
        Assert.All([init, check, plan.Output], output => Assert.DoesNotMatch("vision|image", output));
    }

    private static string Good(params string[] arguments)
    {
        var litre = LitreProcess.Run(arguments);
        Assert.True(litre.ExitCode == ExitCode.Success, litre.Error);
        return litre.Output;
    }

    private string Config() =>
        _folder.Write(
            "config.json",
            """
            {
              "model_type": "qwen3", "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 3, "num_attention_heads": 4,
              "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
              "tie_word_embeddings": true, "vocab_size": 400, "initializer_range": 0.05
            }
            """
        );

    private string Rows()
    {
        var random = new Random(1);
        var rows = new StringBuilder();
        for (var i = 0; i < 60; i++)
        {
            var (part, color) = (random.Next(1, 10).ToString(CultureInfo.InvariantCulture), Colors[random.Next(Colors.Length)]);
            rows.AppendLine(
                JsonSerializer.Serialize(new { question = $"Part {part} is {color}. Which color has part {part}?", answer = color })
            );
        }
        return _folder.Write("rows.jsonl", rows.ToString());
    }
}
