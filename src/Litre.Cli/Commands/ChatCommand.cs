using System.CommandLine;
using System.Runtime.InteropServices;
using Litre.Cli.Chatting;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Inference.Sampling;

namespace Litre.Cli.Commands;

/// <summary><c>litre chat</c>: several turns with images, in the terminal or from a pipe.</summary>
internal sealed class ChatCommand : Command
{
    private const string Help = "/clear starts a new conversation, /exit quits; Ctrl+C stops an answer";

    private readonly SessionOptions _session;
    private readonly SamplingOptions _sampling;
    private CancellationTokenSource? _answering;

    public ChatCommand()
        : base("chat", "Chats with a model over several turns, with or without images.")
    {
        _session = new SessionOptions(this);
        _sampling = new SamplingOptions(this, 1024);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var settings = _sampling.Settings(parsed, _session.Folder(parsed));
        var conversation = new Conversation("chat") { System = _sampling.System(parsed) };
        using var session = _session.Open(parsed, FeatureCache.DefaultBytes);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        var interactive = !Console.IsInputRedirected;
        using var prompt = Terminal.NewPrompt(new LineEditor { Complete = ChatCompletion.Complete });
        if (interactive)
            Console.Error.WriteLine(HelpOf(session));
        using var known = new PromptCache(session.Model);
        var talk = new ChatState(session, conversation, known, [], images => _session.ReportTiles(parsed, session, images));
        while (true)
        {
            if (interactive && prompt is null)
                Console.Error.Write("> ");
            if ((prompt is null ? Console.In.ReadLine() : prompt.Read())?.Trim() is not { } line || line is "/exit" or "/quit")
                return ExitCode.Success;
            if (line.Length == 0)
                continue;
            try
            {
                // Pasted text of several lines is not a command.
                if (line.StartsWith('/') && !line.Contains('\n'))
                    Command(line, talk);
                else
                    Answer(line, talk, settings);
            }
            catch (InputException e)
            {
                // A wrong path must not end the conversation.
                Console.Error.WriteLine($"litre: {OptionText.Render(e.Message)}");
            }
        }
    }

    private static string HelpOf(ModelSession session) =>
        session.Encoder.Processor is null ? Help : "/image FILE adds an image to the next question, " + Help;

    private static void Command(string line, ChatState chat)
    {
        var space = line.IndexOf(' ');
        var (name, rest) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..].Trim());
        switch (name)
        {
            case "/image" when chat.Session.Encoder.Processor is null:
                throw new InputException(
                    $"{line}: {chat.Session.Encoder.Chat.Tokenizer.Format.Family} models read text only; ask without an image, or use a "
                        + "vision-language model"
                );
            case "/image" when rest.Length > 0:
                // Terminals quote the names of dropped files.
                chat.Images.Add(Conversation.Image(ChatPaths.Typed(rest), chat.Session.Encoder.Limits));
                if (!Console.IsErrorRedirected)
                    Console.Error.WriteLine($"{Units.Count(chat.Images.Count, "image")} with the next question");
                break;
            case "/clear":
                chat.Conversation.Clear();
                chat.PromptCache.Clear();
                chat.Images.Clear();
                break;
            case "/help":
                Console.Error.WriteLine(HelpOf(chat.Session));
                break;
            default:
                throw new InputException($"{line}: unknown command; {HelpOf(chat.Session)}");
        }
    }

    private void Answer(string question, ChatState chat, GenerationSettings settings)
    {
        chat.Conversation.AddQuestion(question, chat.Images);
        using var cancel = new CancellationTokenSource();
        _answering = cancel;
        try
        {
            chat.ReportTiles(chat.Images);
            var answer = chat.Session.Ask(chat.Conversation, settings, AnswerText.Write, cancel.Token, chat.PromptCache);
            Console.Out.WriteLine();
            if (answer.IsCut)
                Console.Error.WriteLine(AnswerText.CutText(settings.MaxNewTokens));
            chat.Images.Clear();
        }
        catch
        {
            chat.Conversation.RemoveLastQuestion();
            throw;
        }
        finally
        {
            _answering = null;
        }
    }

    private void Interrupt(PosixSignalContext context)
    {
        // At the prompt, or the second time, Ctrl+C ends the program.
        if (_answering is not { IsCancellationRequested: false } answering)
        {
            StopSignal.WriteStopped();
            Environment.Exit(ExitCode.Cancelled);
        }
        else
        {
            context.Cancel = true;
            answering.Cancel();
        }
    }

    /// <param name="Session">Generates the answers.</param>
    /// <param name="Conversation">The turns so far.</param>
    /// <param name="PromptCache">Reuses what was computed for earlier turns.</param>
    /// <param name="Images">Images for the next question.</param>
    /// <param name="ReportTiles">Reports how the images are cut into tiles or downscaled.</param>
    private sealed record ChatState(
        ModelSession Session,
        Conversation Conversation,
        PromptCache PromptCache,
        List<ImageSource> Images,
        Action<IReadOnlyList<ImageSource>> ReportTiles
    );
}
