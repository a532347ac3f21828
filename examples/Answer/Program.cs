// Asks about an image: Answer MODEL ADAPTER IMAGE QUESTION. ADAPTER is an adapter's folder, or a run's.
using Litre.Core;
using Litre.Inference;

try
{
    using var session = ModelSession.Open(new SessionSettings(args[0]) { Adapter = args[1] });
    var conversation = new Conversation();
    conversation.AddQuestion(args[3], [Conversation.Image(args[2])]);
    var answer = session.Ask(conversation, new GenerationSettings { MaxNewTokens = 64 }, Console.Write);
    Console.WriteLine(answer.IsCut ? " ..." : "");
    return 0;
}
catch (InputException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 2;
}
