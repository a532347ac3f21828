using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Inference;

namespace Litre.Cli.Commands;

/// <summary><c>litre batch</c>: one question about each image of a folder, answered in a JSON Lines file; can be resumed.</summary>
internal sealed class BatchCommand : Command
{
    private const int NamedOthers = 5;

    private readonly Option<string> _images = new("--images")
    {
        Description = "A folder of images, searched recursively.",
        Required = true,
    };
    private readonly Option<string> _prompt = new("--prompt") { Description = "The question to ask about each image.", Required = true };
    private readonly Option<string> _output = new("--output")
    {
        Description = "The JSON Lines file to write. If it exists, images that already have a row in it are skipped.",
        Required = true,
    };
    private readonly Option<int> _budget = new("--tokens-at-once")
    {
        Description = "Tokens of prompts and answers processed together; a smaller number needs less memory.",
        DefaultValueFactory = _ => 16384,
    };
    private readonly SessionOptions _session;
    private readonly SamplingOptions _sampling;

    public BatchCommand()
        : base("batch", "Asks a vision-language model one question about each image of a folder; can be stopped and resumed.")
    {
        foreach (var option in (Option[])[_images, _prompt, _output, _budget])
            Options.Add(option);
        _session = new SessionOptions(this);
        _sampling = new SamplingOptions(this, 256);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using var stop = new StopSignal("finishing the current batch; a second signal stops at once")
        {
            ExitsImmediately = true,
            Exiting = StopSignal.WriteStopped,
        };
        var settings = _sampling.Settings(parsed, _session.Folder(parsed));
        var system = _sampling.System(parsed);
        var (folder, prompt, path, budget) = (
            parsed.GetValue(_images)!,
            parsed.GetValue(_prompt)!,
            parsed.GetValue(_output)!,
            parsed.GetValue(_budget)
        );
        if (string.IsNullOrWhiteSpace(prompt))
            throw new InputException("--prompt is empty; write the question in quotes");
        if (budget < 1)
            throw new InputException($"--tokens-at-once {budget}: expected a number from 1");
        var (images, others) = ImageFolder.Read(folder, recurse: true);
        if (images.Count == 0)
            throw new InputException($"--images {folder}: contains no images (PNG, JPEG, WebP, BMP, GIF, TIFF); give a folder of images");
        if (others.Count > 0)
        {
            var names = string.Join(", ", others.Take(NamedOthers)) + (others.Count > NamedOthers ? ", …" : "");
            Console.Error.WriteLine(
                $"skipping {Units.Count(others.Count, "file that is not an image", "files that are not images")}: {names}"
            );
        }
        using var output = AnswerFile.Open(path, prompt, system);
        var before = images.Count(output.CompletedImages.Contains);
        if (before > 0)
            Console.Error.WriteLine($"skipping {before} of {Units.Count(images.Count, "image")}: already in {path}");
        if (before == images.Count)
            return ExitCode.Success;
        using var session = _session.Open(parsed);
        _session.ReportTiles(parsed, session);
        stop.ExitsImmediately = false;
        var clock = Stopwatch.StartNew();
        var answering = new BatchAnswering(session, folder, prompt, settings, budget) { System = system };
        var (answered, failed) = answering.Run(images, output, Report, stop.Token);
        Terminal.Status.Clear();
        Console.Error.WriteLine(
            $"{answered} answered, {failed} could not be used{(failed > 0 ? " (their rows have an error)" : "")}: {path}"
        );
        if (answering.TruncatedAnswers > 0)
            Console.Error.WriteLine(
                $"{Units.Count(answering.TruncatedAnswers, "answer was", "answers were")} cut off at --max-new-tokens "
                    + $"{settings.MaxNewTokens} "
                    + "(marked \"cut\": true); raise it for longer answers"
            );
        var left = images.Count - before - answered - failed;
        if (left > 0)
        {
            Console.Error.WriteLine($"{Units.Count(left, "image remains", "images remain")}; run the same command again to continue");
            return ExitCode.Cancelled;
        }
        return answered == 0 && failed > 0 ? ExitCode.CheckFailed : ExitCode.Success;

        void Report(int done)
        {
            var rate = done / clock.Elapsed.TotalSeconds;
            Terminal.Status.Show(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{before + done} of {images.Count} images, {rate:0.0}/s, "
                        + $"{TimeSpan.FromSeconds((images.Count - before - done) / rate):h\\:mm\\:ss} left"
                )
            );
        }
    }
}
