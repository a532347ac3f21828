// Asks about an image: Answer MODEL ADAPTER IMAGE QUESTION. ADAPTER is an adapter's folder, or a run's.
using Litre.Core;
using Litre.Inference;
using Litre.Inference.Sampling;

if (args is not [var model, var adapter, var image, var question])
{
    Console.Error.WriteLine("usage: Answer MODEL ADAPTER IMAGE QUESTION");
    return 2;
}
try
{
    using var session = ModelSession.Open(new SessionSettings(model) { Adapter = adapter });
    var conversation = new Conversation();
    conversation.AddQuestion(question, [Conversation.Image(image)]);
    var answer = session.Ask(conversation, new GenerationSettings { MaxNewTokens = 64 }, Console.Write);
    Console.WriteLine(answer.IsCut ? " ..." : "");
    return 0;
}
catch (InputException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 2;
}
