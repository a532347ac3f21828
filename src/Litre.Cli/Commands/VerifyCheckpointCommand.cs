using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Hub;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Cli.Commands;

/// <summary>
/// <c>litre verify checkpoint DIR</c>: loads a checkpoint as every command does, and reports what was checked and how fast.
/// </summary>
internal sealed class VerifyCheckpointCommand : Command
{
    private readonly Argument<string> _folder = new("DIR") { Description = "The checkpoint's folder." };
    private readonly Option<string> _reads = new("--reads")
    {
        Description =
            "How files are read: direct (bypasses the page cache; falls back if that is not possible), dropping "
            + "(through the cache, then dropped from it), or plain (through the cache, tensor by tensor, without checksums), "
            + "for comparison.",
        DefaultValueFactory = _ => "direct",
    };
    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public VerifyCheckpointCommand()
        : base(
            "checkpoint",
            "Loads a checkpoint, verifies its sizes, types and (if its folder has them) SHA-256 checksums, and measures the speed."
        )
    {
        Arguments.Add(_folder);
        _reads.TakesOneOf("direct", "dropping", "plain");
        Options.Add(_reads);
        _engine = EngineOptions.ForInference(this);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var folder = ModelFolder.Resolve(parsed.GetValue(_folder)!);
        var device = _engine.Device(parsed);
        if (device.IsMeta)
            throw new InputException("--device meta: a meta device loads nothing; use cpu or cuda");
        var dtype = _engine.DType(parsed, folder);
        LoadProgress? end = null;
        var clock = Stopwatch.StartNew();
        int tensors;
        using (var model = Load(folder, dtype, device, parsed.GetValue(_reads)!, p => end = p))
            tensors = model.Parameters.Count();
        end ??= new LoadProgress(Bytes(folder), Bytes(folder), clock.Elapsed, true) { ReadMethod = ReadMethod.Cached };
        if (parsed.GetValue(_json))
        {
            using var process = Process.GetCurrentProcess();
            Console.Out.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        tensors,
                        end.Files,
                        end.CheckedFiles,
                        Bytes = end.TotalBytes,
                        Seconds = end.Elapsed.TotalSeconds,
                        end.BytesPerSecond,
                        PeakResidentBytes = process.PeakWorkingSet64,
                        Reads = end.ReadMethod.ToString(),
                        Obstacle = end.DirectReadFailure,
                    },
                    Json
                )
            );
        }
        else
        {
            Console.Out.WriteLine(
                $"{folder}: {Units.Count(tensors, "tensor")}, as its configuration requires; {OptionText.Render(end.ToString())}"
            );
        }
        return ExitCode.Success;
    }

    private static CausalModel Load(string folder, DType dtype, Device device, string reads, Action<LoadProgress> report)
    {
        if (reads == "plain")
            return ModelFiles.LoadPlain(folder, dtype, device);
        using var console = new LoadConsole { ShowsCompletion = false };
        return ModelFiles.Load(
            folder,
            dtype,
            device,
            options: new LoadOptions
            {
                ReadMethod = reads == "direct" ? ReadMethod.Direct : ReadMethod.Dropping,
                Progress = progress =>
                {
                    console.Show(progress);
                    report(progress);
                },
            }
        );
    }

    private static long Bytes(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return checkpoint.Bytes;
    }

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };
}
