using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Inference;

namespace Litre.Cli.Commands;

/// <summary><c>litre ask</c>: one question, with or without images and videos, and its answer as it is generated.</summary>
internal sealed class AskCommand : Command
{
    private readonly Argument<string> _question = new("QUESTION") { Description = "The question, in quotes." };
    private readonly Option<string[]> _images = new("--image") { Description = "An image file; can be repeated." };
    private readonly Option<string[]> _videos = new("--video")
    {
        Description = "A video file (needs ffmpeg) or a folder of frames; can be repeated.",
    };
    private readonly SessionOptions _session;
    private readonly SamplingOptions _sampling;
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON when the answer is complete." };

    public AskCommand()
        : base("ask", "Asks a model one question, with or without images, and prints the answer as it is generated.")
    {
        Arguments.Add(_question);
        Options.Add(_images);
        Options.Add(_videos);
        _session = new SessionOptions(this);
        _sampling = new SamplingOptions(this, 512);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using var stop = new StopSignal { ExitsImmediately = true, Exiting = StopSignal.WriteStopped };
        var settings = _sampling.Settings(parsed, _session.Folder(parsed));
        var question = parsed.GetValue(_question)!;
        if (string.IsNullOrWhiteSpace(question))
            throw new InputException("the question is empty; write it in quotes as the last argument");
        // Images are checked before the model is loaded, which can take minutes.
        var conversation = new Conversation { System = _sampling.System(parsed) };
        conversation.AddQuestion(
            question,
            [.. (parsed.GetValue(_images) ?? []).Select(i => Conversation.Image(i))],
            [.. (parsed.GetValue(_videos) ?? []).Select(Conversation.Video)]
        );
        using var session = _session.Open(parsed);
        stop.ExitsImmediately = false;
        var json = parsed.GetValue(_json);
        _session.ReportTiles(parsed, session, conversation.ToSample().Images);
        var clock = Stopwatch.StartNew();
        var answer = session.Ask(conversation, settings, json ? null : AnswerText.Write, stop.Token);
        if (!json)
            Console.Out.WriteLine();
        var seconds = clock.Elapsed.TotalSeconds;
        if (json)
        {
            Console.Out.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        question,
                        answer = answer.Text,
                        new_tokens = answer.NewTokens,
                        seconds,
                        stopped = stop.IsRequested,
                        cut = answer.IsCut,
                    },
                    Json
                )
            );
        }
        else if (!Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answer.NewTokens} tokens in {seconds:0.0} s"));
        }
        if (answer.IsCut)
            Console.Error.WriteLine(AnswerText.CutText(settings.MaxNewTokens));
        return stop.IsRequested ? ExitCode.Cancelled : ExitCode.Success;
    }

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
