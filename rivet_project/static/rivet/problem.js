/** `const attempt = telling(element);` then `attempt(async () => ...)`: what fails is said there, what succeeds clears it. */
export const telling = (element) => async (work) => {
  try {
    await work();
    element.textContent = "";
  } catch (error) {
    element.textContent = error.message;
  }
};
