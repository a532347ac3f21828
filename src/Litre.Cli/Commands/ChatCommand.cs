using System.CommandLine;
using System.Runtime.InteropServices;
using Litre.Cli.Rendering;
using Litre.Data.Imaging;
using Litre.Inference;
using Litre.Torch;

namespace Litre.Cli.Commands;

/// <summary><c>litre chat</c>: several turns with pictures, in the terminal or from a pipe.</summary>
internal sealed class ChatCommand : Command
{
    private const string Help = "/image FILE shows a picture with the next question, /clear forgets the conversation, /exit leaves; Ctrl+C stops an answer";

    private readonly SessionOptions _session;
    private readonly SamplingOptions _sampling;
    private CancellationTokenSource? _answering;

    public ChatCommand() : base("chat", "Talks with a model about pictures, over several turns.")
    {
        _session = new SessionOptions(this);
        _sampling = new SamplingOptions(this, 1024);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var settings = _sampling.Settings(parsed);
        using var session = _session.Open(parsed, FeatureCache.DefaultBytes);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        var interactive = !Console.IsInputRedirected;
        if (interactive) Console.Error.WriteLine(Help);
        var conversation = new Conversation("chat");
        using var known = new PromptCache(session.Model);
        var pictures = new List<ImageSource>();
        while (true)
        {
            if (interactive) Console.Error.Write("> ");
            if (Console.In.ReadLine()?.Trim() is not { } line || line is "/exit" or "/quit") return ExitCode.Success;
            if (line.Length == 0) continue;
            try
            {
                if (line.StartsWith('/')) Command(line, conversation, known, pictures, session);
                else Answer(line, conversation, known, pictures, session, settings);
            }
            catch (InputException e)
            {
                // A wrong path must not end the conversation.
                Console.Error.WriteLine($"litre: {e.Message}");
            }
        }
    }

    private static void Command(string line, Conversation conversation, PromptCache known, List<ImageSource> pictures, ModelSession session)
    {
        var space = line.IndexOf(' ');
        var (name, rest) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..].Trim());
        switch (name)
        {
            case "/image" when rest.Length > 0:
                // Terminals quote the names of files that are dropped onto them.
                pictures.Add(Conversation.Image(rest.Length > 1 && rest[0] is '\'' or '"' && rest[^1] == rest[0] ? rest[1..^1] : rest, session.Encoder.Limits));
                if (!Console.IsErrorRedirected) Console.Error.WriteLine($"{pictures.Count} picture{(pictures.Count == 1 ? "" : "s")} with the next question");
                break;
            case "/clear":
                conversation.Clear();
                known.Clear();
                pictures.Clear();
                break;
            case "/help":
                Console.Error.WriteLine(Help);
                break;
            default:
                throw new InputException($"{line}: no such command; {Help}");
        }
    }

    private void Answer(
        string question, Conversation conversation, PromptCache known, List<ImageSource> pictures, ModelSession session, GenerationSettings settings)
    {
        conversation.Ask(question, pictures);
        using var cancel = new CancellationTokenSource();
        _answering = cancel;
        try
        {
            var shown = new AnswerStream(Console.Out, session.Encoder.Chat.Tokenizer);
            var answer = session.Answer([conversation.ToSample()], settings, (_, token) => shown.Push(token), cancel.Token, known)[0];
            shown.Finish();
            conversation.Answer(answer);
            pictures.Clear();
        }
        catch
        {
            conversation.Withdraw();
            throw;
        }
        finally
        {
            _answering = null;
        }
    }

    private void Interrupt(PosixSignalContext context)
    {
        // At the prompt, or for the second time, it means to leave.
        if (_answering is not { IsCancellationRequested: false } answering) Environment.Exit(ExitCode.Cancelled);
        else
        {
            context.Cancel = true;
            answering.Cancel();
        }
    }
}
