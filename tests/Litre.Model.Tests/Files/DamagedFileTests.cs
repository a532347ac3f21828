using System.Text;
using System.Text.Json.Nodes;
using FsCheck.Fluent;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Files;

/// <summary>Whatever bytes a file holds, the reader either understands it or says what is wrong in one line.</summary>
public sealed class DamagedFileTests : IDisposable
{
    private static readonly FsCheck.Config Many = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000);

    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SafetensorsOpen_BytesChanged_UnderstandsOrSaysWhy()
    {
        var path = _folder.File("x.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                TensorSource.FromMemory("a.weight", DType.Float32, [2, 3], new byte[24]),
                TensorSource.FromMemory("b", DType.BFloat16, [3], new byte[6]),
            ]
        );
        Check(File.ReadAllBytes(path), path, p => SafetensorsFile.Open(p).Dispose());
    }

    [Fact]
    public void ModelConfigLoad_BytesChanged_UnderstandsOrSaysWhy() =>
        Check(File.ReadAllBytes(Repository.Config("Qwen3-VL-30B-A3B-Instruct")), _folder.File("config.json"), p => ModelConfigs.Load(p));

    [Fact]
    public void AdapterConfigLoad_BytesChanged_UnderstandsOrSaysWhy() =>
        Check(
            File.ReadAllBytes(Repository.Reference("moe", "adapter", AdapterConfig.FileName)),
            _folder.File(AdapterConfig.FileName),
            p => AdapterConfig.Load(p)
        );

    [Fact]
    public void AdapterConfigLoad_LineBreakInAnExpression_SaysWhyInOneLine()
    {
        var json = JsonNode.Parse(File.ReadAllText(Repository.Reference("moe", "adapter", AdapterConfig.FileName)))!;
        json["target_modules"] = "a\n(";
        File.WriteAllText(_folder.File(AdapterConfig.FileName), json.ToJsonString());
        Assert.DoesNotContain('\n', Assert.Throws<InputException>(() => AdapterConfig.Load(_folder.Path)).Message);
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"model_type":"\udc00"}""")]
    public void ModelConfigLoad_HalfASurrogatePair_SaysWhy(string json)
    {
        File.WriteAllText(_folder.File("config.json"), json);
        Assert.Contains("not valid JSON", Assert.Throws<InputException>(() => ModelConfigs.Load(_folder.Path)).Message);
    }

    [Fact]
    public void ModelConfigLoad_SectionsBeyondInt_SaysWhy()
    {
        var json = File.ReadAllText(Repository.Config("Qwen3-VL-2B-Instruct")).Replace("24,", "2147483647,");
        File.WriteAllText(_folder.File("config.json"), json);
        Assert.Contains(
            "mrope_section is [2147483647, 20, 20]",
            Assert.Throws<InputException>(() => ModelConfigs.Load(_folder.Path)).Message
        );
    }

    /// <summary>Replaces a few places with what a damaged or hand-edited file could hold.</summary>
    private static void Check(byte[] content, string path, Action<string> open)
    {
        byte[][] pieces =
        [
            .. new[]
            {
                "\"",
                "{",
                "}",
                "[",
                "-",
                "0",
                "9",
                "99999999999999999999",
                "null",
                "\\ud800",
                "1e999",
                ",",
                ":",
                "\n",
                "\u00e9",
            }.Select(Encoding.UTF8.GetBytes),
            [0xFF],
            [0],
        ];
        var change =
            from position in Gen.Choose(0, content.Length - 1)
            from piece in Gen.Elements(pieces)
            from skip in Gen.Choose(0, 3)
            select (Position: position, Piece: piece, Skip: skip);
        var changes = Gen.NonEmptyListOf(change).Select(c => c.Take(3).ToList());

        FsCheck.Check.One(
            Many,
            Prop.ForAll(
                Arb.From(changes),
                list =>
                {
                    var bytes = content.ToList();
                    foreach (var (position, piece, skip) in list)
                    {
                        var at = Math.Min(position, bytes.Count);
                        bytes.RemoveRange(at, Math.Min(skip, bytes.Count - at));
                        bytes.InsertRange(at, piece);
                    }
                    File.WriteAllBytes(path, [.. bytes]);
                    try
                    {
                        open(path);
                    }
                    catch (InputException e)
                    {
                        Assert.Contains(path, e.Message);
                        Assert.DoesNotContain('\n', e.Message);
                    }
                }
            )
        );
    }
}
